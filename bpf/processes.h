/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The process table: who descends from which exec. Entries are made at fork, so a parent is known even when it
 * has ended, called setsid or handed its children to init by the time they exec.
 */
#ifndef PROCESSES_H
#define PROCESSES_H

#include "loss.h"

#define EEXIST 17

/* Raised with every change of struct process: programs of another layout can't go on with its entries. */
#define PROCESS_LAYOUT 2

struct process {
	u64 start_ns; /* of the thread group leader: with the pid, the process's identity */
	u64 cgroup;   /* key, at its latest exec */
	struct exec_ref parent;
	u32 pid;
	u32 exec_number;
	u32 claims; /* of a slot: 1 while it is in use, more for the moment in which CPUs contend for it */
	u16 owner;
	u8 lineage : 7;	 /* enum lineage */
	u8 has_exec : 1; /* it is an exec itself, so its children descend from it */
	u8 exec_id; /* the kernel's number of its latest exec that was seen, low bits; where programs have stand-ins */
	char comm[16]; /* before the latest rename */
};

/*
 * A process's place is the slot that its pid's low bits name: no hash, no lock, no free list, and one cache line, for
 * pids follow each other. Its size is a power of two. Mappable only because such an array begins at a page, and so
 * no slot lies across two cache lines.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 65536);
	__type(key, u32);
	__type(value, struct process);
} processes SEC(".maps");

/* Processes whose slot another one holds, by pid. Preallocated entries; an LRU would evict the living. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, u32);
	__type(value, struct process);
} displaced SEC(".maps");

/*
 * What the programs before these knew of processes that still run, by pid: the reader copies their entries here before
 * these collect. With the room that it needs for that, and without another use.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct process);
} processes_before SEC(".maps");

static __always_inline struct process *slot_of(u32 pid)
{
	u32 slot = pid & config.process_slot_mask;

	return bpf_map_lookup_elem(&processes, &slot);
}

/*
 * Which slots are in use, a byte each. Most processes that end are in no workspace: of the bytes of pids that follow
 * each other 64 lie in one cache line, so telling that costs less than to look into a slot.
 */
#define SLOTS_A_LINE 64

struct slot_line {
	u8 in_use[SLOTS_A_LINE];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 65536 / SLOTS_A_LINE);
	__type(key, u32);
	__type(value, struct slot_line);
} slots_in_use SEC(".maps");

static __always_inline u8 *slot_in_use(u32 pid)
{
	u32 slot = pid & config.process_slot_mask, line = slot / SLOTS_A_LINE;
	struct slot_line *slots = bpf_map_lookup_elem(&slots_in_use, &line);

	return slots ? &slots->in_use[slot % SLOTS_A_LINE] : NULL;
}

static __always_inline void mark_slot(u32 pid, u8 in_use)
{
	u8 *mark = slot_in_use(pid);

	if (mark)
		*mark = in_use;
}

/* May this process be in the table? No false "no". */
static __always_inline bool maybe_tracked(u32 pid)
{
	u8 *mark = slot_in_use(pid);

	return !mark || *mark || shared.displaced;
}

struct process_key {
	u64 start_ns;
	u32 pid;
	u32 padding;
};

/* Processes that ended with several threads alive until then. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct process_key);
	__type(value, u32);
} ended SEC(".maps");

/* What is known of processes that found no place in the table, until another comes whose pid has the same low bits. */
struct unplaced {
	u64 start_ns;
	u64 cgroup;
	u64 exec_ns; /* of its latest exec that was logged; 0: none */
	u32 pid;
	u32 owner;
	char comm[16];
};

#define UNPLACED 1024

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, UNPLACED);
	__type(key, u32);
	__type(value, struct unplaced);
} unplaced SEC(".maps");

/*
 * The latest exec of each of them that programs have seen, for their stand-ins: these come after a program that was
 * preempted, when the slot may have gone to another. Of the past is what is evicted by then.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct process_key);
	__type(value, u32);
} unplaced_seen SEC(".maps");

static __always_inline u32 *seen_unplaced(u32 pid, u64 start_ns)
{
	struct process_key key = { .start_ns = start_ns, .pid = pid };

	return bpf_map_lookup_elem(&unplaced_seen, &key);
}

static __always_inline struct unplaced *find_unplaced(u32 pid, u64 start_ns)
{
	u32 slot = pid & (UNPLACED - 1);
	struct unplaced *found = bpf_map_lookup_elem(&unplaced, &slot);

	return found && found->pid == pid && found->start_ns == start_ns ? found : NULL;
}

/* Its end is told, or never will be. */
static __always_inline void forget_unplaced(struct unplaced *known)
{
	known->pid = 0;
	known->exec_ns = 0;
	__sync_fetch_and_add(&shared.unplaced_execs, -1);
}

/* False for one that is known here already. */
static __always_inline bool note_unplaced(const struct process *process)
{
	u32 slot = process->pid & (UNPLACED - 1), exec_id = process->exec_id;
	struct process_key key = { .start_ns = process->start_ns, .pid = process->pid };
	struct unplaced *known = bpf_map_lookup_elem(&unplaced, &slot);
	u32 forgotten_owner = 0;
	u64 forgotten_cgroup;

	if (config.possible_cpus)
		bpf_map_update_elem(&unplaced_seen, &key, &exec_id, BPF_ANY);
	if (!known)
		return true;
	if (known->pid == process->pid && known->start_ns == process->start_ns)
		return false;
	if (known->exec_ns) {
		forgotten_owner = known->owner;
		forgotten_cgroup = known->cgroup;
		forget_unplaced(known);
	}
	known->start_ns = process->start_ns;
	known->cgroup = process->cgroup;
	known->owner = process->owner;
	__builtin_memset(known->comm, 0, sizeof(known->comm));
	known->pid = process->pid;
	/* Last, since it takes long: whoever else is after this slot must not find there what is forgotten already. */
	if (forgotten_owner)
		count_loss(forgotten_cgroup, forgotten_owner, LOST_EXIT_TABLE_FULL);
	return true;
}

/* What it runs has been logged, under its time: so its end can be told. */
static __always_inline void note_unplaced_exec(u32 pid, u64 start_ns, const struct record *exec)
{
	struct unplaced *known = find_unplaced(pid, start_ns);

	if (!known) {
		count_loss(exec->cgroup, exec->owner, LOST_EXIT_TABLE_FULL);
		return;
	}
	if (!known->exec_ns)
		__sync_fetch_and_add(&shared.unplaced_execs, 1);
	known->exec_ns = exec->time_ns;
}

static __always_inline void count_process(u32 owner_index, long change)
{
	struct owner *owner = bpf_map_lookup_elem(&owners, &owner_index);

	if (owner)
		__sync_fetch_and_add(&owner->processes, change);
	__sync_fetch_and_add(&shared.processes, change);
}

static __noinline int remove_displaced(u32 pid)
{
	struct process *process = bpf_map_lookup_elem(&displaced, &pid);
	u32 owner;

	if (!process)
		return 0;
	owner = process->owner;
	if (bpf_map_delete_elem(&displaced, &pid))
		return 0;
	__sync_fetch_and_add(&shared.displaced, -1);
	count_process(owner, -1);
	return 0;
}

/* Takes a process out wherever it is; what was found of it must not be used any more. */
static __always_inline void remove_process(u32 pid, u64 start_ns)
{
	struct process *slot = slot_of(pid);

	if (slot && slot->pid == pid && slot->start_ns == start_ns) {
		count_process(slot->owner, -1);
		slot->pid = 0;
		slot->start_ns = 0;
		mark_slot(pid, 0);
		__sync_fetch_and_add(&slot->claims, -1);
	}
	if (shared.displaced)
		remove_displaced(pid);
}

/*
 * Whether the slot is now the caller's. 5.8 has no atomic that tells what was there before: of CPUs that contend the
 * later ones see more than their own claim, and perhaps the first does too; then it is nobody's.
 */
static __always_inline bool claim(struct process *slot)
{
	volatile u32 *claims = &slot->claims;

	if (*claims)
		return false;
	__sync_fetch_and_add(&slot->claims, 1);
	if (*claims == 1)
		return true;
	__sync_fetch_and_add(&slot->claims, -1);
	return false;
}

static __always_inline void copy_process(struct process *to, const struct process *from)
{
	to->cgroup = from->cgroup;
	to->parent = from->parent;
	to->exec_number = from->exec_number;
	to->owner = from->owner;
	to->lineage = from->lineage;
	to->has_exec = from->has_exec;
	to->exec_id = from->exec_id;
	__builtin_memcpy(to->comm, from->comm, sizeof(to->comm));
	to->start_ns = from->start_ns;
	to->pid = from->pid;
}

static __noinline int displace(struct process *fresh)
{
	u32 pid;

	if (!fresh)
		return 1;
	pid = fresh->pid;
	if (bpf_map_update_elem(&displaced, &pid, fresh, BPF_NOEXIST)) {
		/* An earlier process with this pid whose end was not seen: it is over. */
		remove_displaced(pid);
		if (bpf_map_update_elem(&displaced, &pid, fresh, BPF_NOEXIST))
			return 1;
	}
	__sync_fetch_and_add(&shared.displaced, 1);
	return 0;
}

static __always_inline bool add_process(struct process *fresh)
{
	u32 owner_index = fresh->owner;
	struct owner *owner = bpf_map_lookup_elem(&owners, &owner_index);
	struct process *slot = slot_of(fresh->pid);

	if (!owner || !slot)
		return false;
	/* An earlier process with this pid whose end was not seen: it is over. */
	if (slot->pid == fresh->pid && slot->start_ns != fresh->start_ns)
		remove_process(fresh->pid, slot->start_ns);
	if (!may_add(owner->processes, shared.processes, config.process_limit))
		goto refused;
	if (claim(slot)) {
		copy_process(slot, fresh);
		mark_slot(fresh->pid, 1);
	} else if (displace(fresh)) {
		goto refused;
	}
	__sync_fetch_and_add(&owner->processes, 1);
	__sync_fetch_and_add(&shared.processes, 1);
	return true;
refused:
	owner->last_refused_ns = bpf_ktime_get_boot_ns();
	/* Once for each process: it is refused again with each of its execs and forks. */
	if (note_unplaced(fresh))
		count_loss(fresh->cgroup, fresh->owner, LOST_LINEAGE_TABLE_FULL);
	return false;
}

/* The entry of this process, not of an earlier one with its pid. */
static __always_inline struct process *find_process(u32 pid, u64 start_ns)
{
	struct process *process = slot_of(pid);

	if (process && process->pid == pid && process->start_ns == start_ns)
		return process;
	if (!shared.displaced)
		return NULL;
	process = bpf_map_lookup_elem(&displaced, &pid);
	return process && process->start_ns == start_ns ? process : NULL;
}

/*
 * Whether the caller is the one to take a process out and to tell of its end. Two threads that exit together may both
 * see no thread alive, but then each still counts among the process's threads; and the snapshot takes out what ends
 * under its eyes.
 */
static __always_inline bool ends_process(struct task_struct *task, u32 pid, u64 start_ns)
{
	struct process_key key = { .start_ns = start_ns, .pid = pid };
	u32 value = 0;

	if (task->signal->nr_threads == 1 && shared.snapshot_taken)
		return true;
	return bpf_map_update_elem(&ended, &key, &value, BPF_NOEXIST) != -EEXIST;
}

/*
 * What to say of the ancestors of a process that has no entry: it came from outside the scope, unless the table
 * was full for this owner after it started.
 */
static __always_inline u8 lineage_without_entry(u32 owner_index, u64 start_ns)
{
	struct owner *owner = bpf_map_lookup_elem(&owners, &owner_index);

	return owner && owner->last_refused_ns >= start_ns ? LINEAGE_UNKNOWN : LINEAGE_ROOT;
}

static __always_inline void inherit_lineage(struct process *child, u32 parent_pid, const struct process *parent)
{
	if (parent->has_exec) {
		child->parent.pid = parent_pid;
		child->parent.start_ns = parent->start_ns;
		child->parent.exec_number = parent->exec_number;
		child->lineage = LINEAGE_KNOWN;
	} else {
		child->parent = parent->parent;
		child->lineage = parent->lineage;
	}
}

static __always_inline u64 process_start(struct task_struct *task)
{
	return task->group_leader->start_boottime;
}

/* Begins to know a process that came into the scope by other ways than fork. */
static __always_inline struct process *adopt_process(struct task_struct *task, u64 cgroup, u32 owner, bool runs_already)
{
	u32 pid = task->tgid;
	u64 start_ns = process_start(task);
	struct process fresh = {
		.start_ns = start_ns,
		.pid = pid,
		.cgroup = cgroup,
		.owner = owner,
		.lineage = lineage_without_entry(owner, start_ns),
		.exec_id = task->self_exec_id,
	};
	struct process *before = bpf_map_lookup_elem(&processes_before, &pid), *parent;

	if (before && before->start_ns == start_ns) {
		/* Its numbers go on, for each names one exec only. */
		fresh.parent = before->parent;
		fresh.exec_number = before->exec_number;
		fresh.lineage = before->lineage;
		fresh.has_exec = before->has_exec;
	} else {
		/* What it ran so far counts as its exec number 0, unless execs of it may have gone unnumbered. */
		fresh.has_exec = runs_already && fresh.lineage != LINEAGE_UNKNOWN;
		/* The kernel may have run no program when it was forked. */
		if (config.possible_cpus && fresh.lineage == LINEAGE_ROOT) {
			parent = find_process(task->real_parent->tgid, process_start(task->real_parent));
			if (parent)
				inherit_lineage(&fresh, parent->pid, parent);
		}
	}
	return add_process(&fresh) ? find_process(pid, start_ns) : NULL;
}

#endif
