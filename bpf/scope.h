/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Whose is this process? The nearest ancestor cgroup with an entry in the scope decides; then, where configured,
 * its PID namespace; then its login uid. The answer is an owner, IGNORED or UNDECIDED.
 */
#ifndef SCOPE_H
#define SCOPE_H

#include "processes.h"

/* Entries of the scope lie at most this deep below the root of their hierarchy. */
#define SCOPE_LEVELS 16

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);   /* cgroup key */
	__type(value, u32); /* owner, or IGNORED */
} scope SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, u32);   /* inode number of a PID namespace */
	__type(value, u32); /* owner, or IGNORED */
} namespace_scope SEC(".maps");

#define SCOPE_PATH_BYTES 256

struct scope_path {
	char text[SCOPE_PATH_BYTES];
};

struct path_verdict {
	u32 owner;
	u32 prefix; /* cgroup_record.prefix */
};

/* Verdicts for cgroups that may yet be made, by their path. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct scope_path);
	__type(value, struct path_verdict);
} path_scope SEC(".maps");

/* The kernel makes and removes cgroups under one lock: one buffer is enough. */
struct cgroup_scratch {
	struct cgroup_record record;
	char name[256];
	struct scope_path path;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cgroup_scratch);
} cgroup_scratch SEC(".maps");

/* PID namespaces of processes of the tracer's own pod, seen since it started: what may be followed. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);   /* inode number of a PID namespace */
	__type(value, u64); /* when it was last seen, CLOCK_BOOTTIME */
} pod_namespaces SEC(".maps");

/* cgroup ids are unique within their hierarchy only; 2^48 of them outlast any machine. */
static __always_inline u64 cgroup_key(struct cgroup *cgroup)
{
	return cgroup->kn->id | (u64)cgroup->root->hierarchy_id << 48;
}

static __always_inline u64 ancestor_id(struct cgroup *cgroup, int level)
{
	struct cgroup *ancestor = NULL;
	u64 id = 0;

	if (bpf_core_field_exists(cgroup->ancestors)) {
		bpf_core_read(&ancestor, sizeof(ancestor), &cgroup->ancestors[level]);
		return BPF_CORE_READ(ancestor, kn, id);
	}
	struct cgroup___before_6_1 *before = (void *)cgroup;

	bpf_core_read(&id, sizeof(id), &before->ancestor_ids[level]);
	return id;
}

/* A user may nest directories deeper than any walk: then the walk begins at the deepest level that can decide. */
static __noinline u32 walk_scope_from_deep(struct cgroup *cgroup)
{
	u64 hierarchy = (u64)cgroup->root->hierarchy_id << 48;

#pragma unroll
	for (int level = SCOPE_LEVELS; level >= 0; level--) {
		u64 key = ancestor_id(cgroup, level) | hierarchy;
		u32 *owner = bpf_map_lookup_elem(&scope, &key);

		if (owner)
			return *owner;
	}
	return UNDECIDED;
}

static __noinline u32 walk_scope(struct cgroup *cgroup)
{
	u64 hierarchy = (u64)cgroup->root->hierarchy_id << 48;

	if (cgroup->level > SCOPE_LEVELS)
		return walk_scope_from_deep(cgroup);
#pragma unroll
	for (int i = 0; i <= SCOPE_LEVELS; i++) {
		u64 key = cgroup->kn->id | hierarchy;
		u32 *owner = bpf_map_lookup_elem(&scope, &key);

		if (owner)
			return *owner;
		cgroup = cgroup->self.parent->cgroup;
		if (!cgroup)
			break;
	}
	return UNDECIDED;
}

/*
 * The verdict of a cgroup, through a cache whose slots are single words, so that CPUs need no lock:
 * 40 bits of cgroup id, 1 bit v1 or v2, 10 bits of the scope's generation, 13 bits of owner.
 */
static __always_inline u32 cgroup_owner(struct cgroup *cgroup, bool v1)
{
	u64 id = cgroup->kn->id;
	u32 slot = id & (VERDICT_CACHE_SLOTS - 1);
	u64 tag = id << 24 | (u64)v1 << 23 | (u64)(shared.generation & 1023) << 13;
	u64 cached = shared.verdict_cache[slot];
	u32 owner;

	if ((cached & ~8191ull) == tag)
		return cached & 8191;
	owner = walk_scope(cgroup) & 8191;
	shared.verdict_cache[slot] = tag | owner;
	return owner;
}

static __always_inline u32 v1_subsystem(void)
{
	if (config.v1_controller == V1_PIDS && bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id))
		return bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
	if (config.v1_controller == V1_MEMORY && bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	if (config.v1_controller == V1_DEVICES && bpf_core_enum_value_exists(enum cgroup_subsys_id, devices_cgrp_id))
		return bpf_core_enum_value(enum cgroup_subsys_id, devices_cgrp_id);
	return bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id);
}

static __always_inline struct cgroup *v1_cgroup(struct css_set *set)
{
	return set->subsys[v1_subsystem()]->cgroup;
}

struct namespace_view {
	struct pid_namespace *namespace;
	u32 inode;
	u32 pid;
	u32 level;
};

/* A process as its own PID namespace sees it. */
static __always_inline struct namespace_view namespace_view(struct task_struct *task)
{
	struct namespace_view view = {};
	struct pid_namespace *namespace = NULL;
	struct pid *pid = task->thread_pid;
	u32 level = pid->level;

	view.level = level;
	if (level == 0) {
		/* The host's own, nearly always on hosts without containers: by plain loads. */
		view.namespace = pid->numbers[0].ns;
		view.inode = pid->numbers[0].ns->ns.inum;
		view.pid = pid->numbers[0].nr;
		return view;
	}
	bpf_core_read(&namespace, sizeof(namespace), &pid->numbers[level].ns);
	bpf_core_read(&view.pid, sizeof(view.pid), &pid->numbers[level].nr);
	view.namespace = namespace;
	view.inode = BPF_CORE_READ(namespace, ns.inum);
	return view;
}

/* PID namespaces nest 32 deep (kernel/pid_namespace.c, MAX_PID_NS_LEVEL). */
static __noinline u32 namespace_owner(struct task_struct *task)
{
	struct namespace_view view = namespace_view(task);
	struct pid_namespace *ns = view.namespace;
	u32 inode = view.inode;

	for (int i = 0; i <= 32; i++) {
		u32 *owner = bpf_map_lookup_elem(&namespace_scope, &inode);

		if (owner)
			return *owner;
		ns = BPF_CORE_READ(ns, parent);
		if (!ns)
			break;
		inode = BPF_CORE_READ(ns, ns.inum);
	}
	return UNDECIDED;
}

static __noinline int note_pod_namespace(struct task_struct *task)
{
	u64 now = bpf_ktime_get_boot_ns();
	u32 inode = namespace_view(task).inode;

	return bpf_map_update_elem(&pod_namespaces, &inode, &now, BPF_ANY);
}

/* A namespace ends with its first process: from here on its number may become another's. To be called with the leader:
 * the last thread of a process may have another number. */
static __always_inline void forget_ended_namespace(struct task_struct *leader)
{
	struct namespace_view view = namespace_view(leader);

	if (view.pid != 1 || view.level == 0)
		return;
	bpf_map_delete_elem(&pod_namespaces, &view.inode);
	bpf_map_delete_elem(&namespace_scope, &view.inode);
}

static __always_inline u32 task_login_uid(struct task_struct *task)
{
	return bpf_core_field_exists(task->loginuid) ? task->loginuid.val : NO_ID;
}

/* Places that a login uid may have, from the one of its low bits on: neighbours rarely meet, and none is everybody's. */
#define LOGIN_PLACES 8

/*
 * The owner of a login uid: the first of its places that nobody else has. For two that take one in the same moment it is
 * whose word stays; the other looks further from its next process on.
 */
static __noinline u32 owner_of_login(u32 uid)
{
#pragma unroll
	for (u32 i = 0; i < LOGIN_PLACES; i++) {
		u32 index = FIRST_LOGIN_OWNER + (uid + i) % (LOGIN_OWNERS - 1);
		struct owner *owner = bpf_map_lookup_elem(&owners, &index);

		if (!owner)
			break;
		if (!owner->login_uid)
			owner->login_uid = uid + 1ull;
		if (owner->login_uid == uid + 1ull)
			return index;
	}
	return SHARED_LOGIN_OWNER;
}

static __always_inline u32 login_owner(struct task_struct *task)
{
	u32 uid = task_login_uid(task);

	if (uid == NO_ID)
		return UNDECIDED;
#pragma unroll
	for (int i = 0; i < LOGIN_UID_RANGES; i++)
		if (i < config.login_uid_range_count && uid >= config.login_uid_ranges[2 * i] &&
		    uid <= config.login_uid_ranges[2 * i + 1])
			return owner_of_login(uid);
	return UNDECIDED;
}

/* Whose a process is that was in scope before. */
static __always_inline u32 lineage_owner(struct task_struct *task)
{
	struct process *process;

	if (!maybe_tracked(task->tgid))
		return UNDECIDED;
	process = find_process(task->tgid, process_start(task));
	return process ? process->owner : UNDECIDED;
}

/*
 * A process that left the cgroups in scope: a container inside of a pod may have its cgroup beside them. Its PID
 * namespace says whose it is, or one above that was made in a pod; the host's own says nothing.
 */
static __always_inline u32 owner_outside(struct task_struct *task, u32 *via)
{
	u32 owner;

	if (task->thread_pid->level > 0) {
		owner = namespace_owner(task);
		if (owner != UNDECIDED) {
			*via = VIA_NAMESPACE;
			return owner;
		}
	}
	owner = lineage_owner(task);
	if (owner != UNDECIDED)
		*via = VIA_LINEAGE;
	return owner;
}

static __always_inline void count_namespace(u32 owner_index, long change)
{
	struct owner *owner = bpf_map_lookup_elem(&owners, &owner_index);

	if (owner)
		__sync_fetch_and_add(&owner->namespaces, change);
	__sync_fetch_and_add(&shared.namespaces, change);
}

static __noinline int add_namespace(u32 inode, u32 owner_index)
{
	struct owner *owner = bpf_map_lookup_elem(&owners, &owner_index);
	u32 *known = bpf_map_lookup_elem(&namespace_scope, &inode);

	if (known && *known == owner_index)
		return 0;
	if (known) {
		count_namespace(*known, -1);
		*known = owner_index;
	} else if (!owner || !may_add(owner->namespaces, shared.namespaces, config.namespace_limit) ||
		   bpf_map_update_elem(&namespace_scope, &inode, &owner_index, BPF_NOEXIST)) {
		/* Under no cgroup, of which there may be as many. */
		return count_loss(0, owner_index, LOST_NAMESPACE_TABLE_FULL);
	}
	count_namespace(owner_index, 1);
	return 0;
}

/* A PID namespace belongs to the pod in whose cgroup its first process runs a program. */
static __always_inline void note_namespace(u32 inode, u32 ns_pid, u32 ns_level, u32 owner, u32 via)
{
	if (config.follow_pods && via == VIA_SCOPE && ns_pid == 1 && ns_level > 0)
		add_namespace(inode, owner);
}

/* A namespace ends with its first process: from here on its number may become another's. */
static __always_inline void forget_namespace(struct task_struct *leader)
{
	struct namespace_view view;
	u32 *known, owner;

	if (!leader->thread_pid->level)
		return;
	view = namespace_view(leader);
	if (view.pid != 1)
		return;
	known = bpf_map_lookup_elem(&namespace_scope, &view.inode);
	if (!known)
		return;
	owner = *known;
	if (!bpf_map_delete_elem(&namespace_scope, &view.inode))
		count_namespace(owner, -1);
}

/* In the unified hierarchy, or in that of the v1 controller that the scope looks at. */
static __always_inline bool is_watched(struct cgroup *cgroup)
{
	return cgroup->root->hierarchy_id == 0 || cgroup->root->hierarchy_id == config.v1_hierarchy;
}

/* Owner of a process, the key of the cgroup that it is in, and how it came into scope. */
static __always_inline u32 task_owner_via(struct task_struct *task, u64 *key, u32 *via)
{
	struct css_set *set = task->cgroups;
	struct cgroup *cgroup = set->dfl_cgrp;
	u32 owner = cgroup_owner(cgroup, false);

	*via = VIA_SCOPE;
	*key = cgroup->kn->id; /* the unified hierarchy is number 0 */
	if (owner == UNDECIDED && config.v1_controller && shared.v1_in_scope) {
		struct cgroup *v1 = v1_cgroup(set);

		owner = cgroup_owner(v1, true);
		/* A process of a v1-managed container shows the root of the unified hierarchy. */
		if (owner != UNDECIDED || cgroup->level == 0)
			*key = cgroup_key(v1);
	}
	if (config.only_own_children && owner == UNDECIDED && shared.self.pid &&
	    task->real_parent->tgid == shared.self.pid)
		owner = FIRST_OWNER;
	if (config.follow_pid_namespaces && owner != IGNORED) {
		/* Here the pod's cgroup captures nothing by itself: it tells which namespaces are the pod's. */
		bool of_pod = owner != UNDECIDED;

		owner = namespace_owner(task);
		/* Of a namespace whose first process is ending, the others may still run programs. */
		if (owner == UNDECIDED)
			owner = lineage_owner(task);
		if (of_pod && owner == UNDECIDED)
			note_pod_namespace(task);
	}
	if (config.login_uid_range_count && owner == UNDECIDED)
		owner = login_owner(task);
	if (config.follow_pods && owner == UNDECIDED)
		owner = owner_outside(task, via);
	return owner;
}

static __always_inline u32 task_owner(struct task_struct *task, u64 *key)
{
	u32 via;

	return task_owner_via(task, key, &via);
}

#endif
