/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Budgets: a workspace that runs programs faster than its rate has execs withheld here, before they cost the node
 * anything, and counted by program. What repeats is withheld first; a program that is new to the workspace, has no
 * file any more or gains privileges last, from a reserve of its own. Who fills the ring with long arguments has them
 * shortened before.
 */
#ifndef BUDGET_H
#define BUDGET_H

#include "exec.h"

/*
 * What each workspace has run so far: the low bits of a mark name the slot, the mark lies in it. Where another mark
 * took the place, a program counts as new again, and is logged rather than withheld.
 */
#define SEEN_SLOTS 65536

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SEEN_SLOTS);
	__type(key, u32);
	__type(value, u32);
} seen SEC(".maps");

/* Nobody can choose names or files whose marks are those of others, since the seed is a secret of this load. */
static __always_inline u64 mixed(u64 hash, u64 value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

static __always_inline u64 mark_seed(void)
{
	if (!shared.mark_seed)
		shared.mark_seed = (u64)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32() | 1;
	return shared.mark_seed;
}

/*
 * One token, of a bucket that holds so many as fit into `burst_ns` when each takes `cost_ns` to come: the time at which
 * the bucket will be full again is all that is kept of it (the generic cell rate algorithm). CPUs that race may get a
 * token too many; what is withheld is counted exactly.
 */
static __always_inline bool take_token(u64 *full_at, u64 now, u64 cost_ns, u64 burst_ns)
{
	u64 at = *full_at > now ? *full_at : now;

	if (at - now + cost_ns > burst_ns)
		return false;
	*full_at = at + cost_ns;
	return true;
}

/* Who pays for an exec: nobody, its owner's budget, or the reserve beside that. */
enum payer {
	PAID_BY_NOBODY, /* to be withheld */
	PAID_BY_BUDGET,
	PAID_BY_RESERVE,
};

/* An exec's record brings that of its end with it, and each has a header in the ring. */
#define RECORD_OVERHEAD_BYTES (sizeof(struct exit_record) + 16)

/* A KiB takes as long to come as an exec. */
static __always_inline bool has_bytes(const struct owner *owner, u64 now, u64 bytes, u64 burst_ns)
{
	u64 at = owner->bytes_full_at > now ? owner->bytes_full_at : now;

	return at - now + (bytes * config.budget_cost_ns >> 10) <= burst_ns;
}

/* NULL where there is no budget. The first owner is nobody's own: it stands for those whose workspaces are not known yet. */
static __always_inline struct owner *budgeted_owner(u32 owner_index)
{
	if (!config.budget_cost_ns || owner_index == FIRST_OWNER)
		return NULL;
	return bpf_map_lookup_elem(&owners, &owner_index);
}

/*
 * All of a name, so that none can be made that counts as another's. A function that the verifier looks at by itself, once:
 * from 5.8 on it may have numbers as arguments.
 */
__noinline u64 mix_name(u64 hash, u64 name, u32 slot)
{
	struct exec_scratch *scratch = bpf_map_lookup_elem(&exec_scratch, &slot);
	long left;
	u32 i;

	if (!scratch || scratch->busy)
		return hash;
	scratch->busy = 1;
	left = bpf_probe_read_kernel_str(scratch->bytes, FILENAME_BYTES, (const void *)name);
	for (i = 0; i < FILENAME_BYTES / 8 && left > 0; i++, left -= 8) {
		u64 word = ((u64 *)scratch->bytes)[i];

		hash = mixed(hash, left < 8 ? word & ((1ull << 8 * left) - 1) : word);
	}
	scratch->busy = 0;
	return hash;
}

/* "/dev/fd/", as what is executed by a descriptor is called: eight bytes, little-endian. */
#define DESCRIPTOR_PREFIX 0x2f64662f7665642full

/*
 * Tells scripts apart, whose file is their interpreter here: by name, and by the directory where its way begins. A
 * descriptor's number names no file; `*is_nameless` says so.
 */
static __always_inline u64 mix_script(u64 hash, struct task_struct *task, struct linux_binprm *bprm, u32 scratch_slot,
				      bool *is_nameless)
{
	struct fs_struct *fs = task->fs;
	struct inode *inode;
	u64 first = 0, name = 0;

	bpf_probe_read_kernel(&first, sizeof(first), bprm->filename);
	*is_nameless = first == DESCRIPTOR_PREFIX;
	inode = (first & 0xff) == '/' ? fs->root.dentry->d_inode : fs->pwd.dentry->d_inode;
	hash = mixed(mixed(hash, inode->i_ino), inode->i_sb->s_dev);
	/* On 6.18 the verifier takes a typed load of it for a pointer, which a function can't have as a number. */
	bpf_core_read(&name, sizeof(name), &bprm->filename);
	return mix_name(hash, name, scratch_slot);
}

/* `program` names an exec's file, for the count of what is withheld. Without a process its caller is not known. */
static __always_inline enum payer pay_exec(struct task_struct *task, struct linux_binprm *bprm, u32 owner_index,
					   struct owner *owner, const struct process *process, u32 scratch_slot,
					   u32 *program)
{
	struct inode *inode = bprm->file->f_inode;
	u64 caller[2] = {}, mark, pair, now, reserve;
	u32 slot, *known, *known_pair;
	bool is_known, is_known_pair, is_special, is_nameless = false;
	enum payer payer = PAID_BY_BUDGET;

	if (process)
		copy_text(caller, process->comm);
	mark = mixed(mixed(mark_seed() ^ owner_index, inode->i_ino), inode->i_sb->s_dev);
	if (bprm->interp != bprm->filename)
		mark = mix_script(mark, task, bprm, scratch_slot, &is_nameless);
	*program = mark >> 32;
	slot = mark & (SEEN_SLOTS - 1);
	known = bpf_map_lookup_elem(&seen, &slot);
	pair = mixed(mixed(mark, caller[0]), caller[1]);
	slot = pair & (SEEN_SLOTS - 1);
	known_pair = bpf_map_lookup_elem(&seen, &slot);
	if (!known || !known_pair)
		return PAID_BY_BUDGET;
	is_known = *known == (u32)(mark >> 32);
	is_known_pair = is_known && *known_pair == (u32)(pair >> 32);
	now = bpf_ktime_get_boot_ns();
	if (!has_bytes(owner, now, 0, config.bytes_burst_ns) ||
	    !take_token(&owner->budget_full_at, now, config.budget_cost_ns, config.budget_burst_ns)) {
		is_special = is_nameless || !inode->i_nlink || is_unhashed(bprm->file->f_path.dentry) ||
			     BPF_CORE_READ_BITFIELD_PROBED(bprm, secureexec);
		if (is_known_pair && !is_special)
			return PAID_BY_NOBODY;
		/* Half of the reserve is left to programs that are new, and a quarter to those that also hide or gain. */
		reserve = config.reserve_burst_ns;
		reserve -= is_known ? reserve / 2 : is_special ? 0 : reserve / 4;
		if (!take_token(&owner->reserve_full_at, now, config.reserve_cost_ns, reserve))
			return PAID_BY_NOBODY;
		payer = PAID_BY_RESERVE;
	}
	*known = mark >> 32;
	*known_pair = pair >> 32;
	return payer;
}

/* Whether only head and tail of an exec's arguments are to be kept: with all of them its owner had filled half of its part. */
static __always_inline bool shortens_args(const struct owner *owner, struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	u64 bytes = mm->arg_end - mm->arg_start;

	if (!owner || bytes <= SHORT_ARGS_BYTES)
		return false;
	if (bytes > ARGS_BYTES)
		bytes = ARGS_BYTES;
	return !has_bytes(owner, bpf_ktime_get_boot_ns(), bytes, config.bytes_burst_ns / 2);
}

/* What an exec that is told costs beyond its token, which its size decides. */
static __always_inline void pay_bytes(struct owner *owner, u64 now, u64 bytes, bool from_reserve)
{
	bytes += RECORD_OVERHEAD_BYTES;
	if (owner->bytes_full_at < now)
		owner->bytes_full_at = now;
	__sync_fetch_and_add(&owner->bytes_full_at, bytes * config.budget_cost_ns >> 10);
	if (from_reserve && config.reserve_token_bytes)
		__sync_fetch_and_add(&owner->reserve_full_at,
				     bytes / config.reserve_token_bytes * config.reserve_cost_ns);
}

/*
 * Cgroups that were made and not announced: neither is their removal. Where an owner has more than find a place here,
 * the removal of any of its cgroups costs a token as well.
 */
#define UNANNOUNCED_CGROUPS 16384

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, UNANNOUNCED_CGROUPS);
	__type(key, u64);   /* cgroup key */
	__type(value, u32); /* owner */
} unannounced SEC(".maps");

/* Users by the low bits of their uid: what they make outside of every workspace, as soon as they may, has to be paid too. */
#define CGROUP_USERS 1024

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CGROUP_USERS);
	__type(key, u32);
	__type(value, u64); /* as owner.cgroups_full_at */
} cgroup_users SEC(".maps");

/* Whose budget pays for a cgroup: its workspace's, else its maker's; NULL for what the node's root makes of it. */
static __always_inline u64 *cgroup_budget(struct owner *owner, u32 owner_index)
{
	u32 slot = (u32)bpf_get_current_uid_gid();

	if (owner_index != FIRST_OWNER)
		return &owner->cgroups_full_at;
	if (!slot)
		return NULL;
	slot &= CGROUP_USERS - 1;
	return bpf_map_lookup_elem(&cgroup_users, &slot);
}

static __always_inline bool takes_cgroup_tokens(u32 owner_index, struct owner *owner, u64 tokens)
{
	u64 *full_at = cgroup_budget(owner, owner_index);

	return !full_at ||
	       take_token(full_at, bpf_ktime_get_boot_ns(), tokens * config.cgroup_cost_ns, config.cgroup_burst_ns);
}

/*
 * Whether not to announce a cgroup, because too many were made. What runs in it is its workspace's all the same, for
 * that goes by its ancestors; only its path stays unknown. The notice of its removal is paid for here too.
 */
static __noinline int withhold_cgroup(u64 key, u32 owner_index)
{
	struct owner *owner = bpf_map_lookup_elem(&owners, &owner_index);

	if (!config.cgroup_cost_ns || !owner || takes_cgroup_tokens(owner_index, owner, 2))
		return 0;
	if (may_add(owner->unannounced, shared.unannounced, UNANNOUNCED_CGROUPS) &&
	    !bpf_map_update_elem(&unannounced, &key, &owner_index, BPF_NOEXIST)) {
		__sync_fetch_and_add(&owner->unannounced, 1);
		__sync_fetch_and_add(&shared.unannounced, 1);
	} else {
		__sync_fetch_and_add(&owner->unremembered, 1);
	}
	count_loss(0, owner_index, WITHHELD_CGROUP);
	return 1;
}

/* Whether a cgroup that goes was not announced. */
static __noinline int forget_unannounced(u64 key)
{
	u32 *found = bpf_map_lookup_elem(&unannounced, &key), owner_index;
	struct owner *owner;

	if (!found)
		return 0;
	owner_index = *found;
	if (bpf_map_delete_elem(&unannounced, &key))
		return 0;
	owner = bpf_map_lookup_elem(&owners, &owner_index);
	if (owner)
		__sync_fetch_and_add(&owner->unannounced, -1);
	__sync_fetch_and_add(&shared.unannounced, -1);
	return 1;
}

/* Whether not to tell of a removal: of one that nobody may have heard of, and too many go. */
static __noinline int withhold_removal(u32 owner_index)
{
	struct owner *owner = bpf_map_lookup_elem(&owners, &owner_index);

	if (!config.cgroup_cost_ns || !owner || !owner->unremembered || takes_cgroup_tokens(owner_index, owner, 1))
		return 0;
	count_loss(0, owner_index, WITHHELD_CGROUP);
	return 1;
}

static __noinline int count_withheld(struct task_struct *task, u64 cgroup, u32 owner, u32 program)
{
	struct loss_key key = { .cgroup = cgroup, .owner = owner, .reason = WITHHELD_EXEC, .program = program };
	struct program_loss fresh = {};

	copy_text(fresh.comm, task->comm);
	return add_loss_of(&key, &fresh, 1);
}

#endif
