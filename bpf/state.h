/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Configuration, the memory shared with user space, and the ring buffer with its sequence numbers. */
#ifndef STATE_H
#define STATE_H

#include "records.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

/* Owners below FIRST_OWNER are verdicts, not owners. */
#define UNDECIDED 0
#define IGNORED 1
#define FIRST_OWNER 2
#define OWNERS 8192
/* The last owners are those of login uids; the very last is of all that find no other. */
#define LOGIN_OWNERS 1024
#define LOGIN_UID_RANGES 4
#define FIRST_LOGIN_OWNER (OWNERS - LOGIN_OWNERS)
#define SHARED_LOGIN_OWNER (OWNERS - 1)

#define MAX_CPUS 4096

/* Behind each program on a hook, where it can be preempted; see stand_in.h. */
#define STAND_INS 2
/* Stands in for none of them, but has sequence numbers of its own as they do: it interrupts them. */
#define ON_FREE (STAND_INS + 1)

/* The first 16 bytes of an array in a kernel struct, as two words: a typed load may take several of its elements. */
#define copy_text(to, from)                                                                                            \
	({                                                                                                             \
		((u64 *)(to))[0] = ((const u64 *)(from))[0];                                                           \
		((u64 *)(to))[1] = ((const u64 *)(from))[1];                                                           \
	})

/* Whether two such texts are the same; the second is in a kernel struct. */
#define is_same_text(text, other)                                                                                      \
	(((const u64 *)(text))[0] == ((const u64 *)(other))[0] && ((const u64 *)(text))[1] == ((const u64 *)(other))[1])

enum v1_controller {
	V1_NONE = 0,
	V1_PIDS = 1,
	V1_MEMORY = 2,
	V1_CPU = 3,
	V1_DEVICES = 4,
};

/* Set before load and then constant, so that the verifier drops what is switched off. */
struct config {
	u32 v1_controller;     /* enum v1_controller: whose hierarchy to look at beside the unified one */
	s32 v1_hierarchy;      /* that controller's hierarchy number */
	u32 process_limit;     /* of the process table */
	u32 process_slot_mask; /* the process table's slots, less one */
	u32 namespace_limit;   /* of the PID namespaces that the programs put into the scope themselves */
	u32 possible_cpus;     /* where programs have stand-ins, since they can be preempted; else 0 */
	u32 login_uid_ranges[2 * LOGIN_UID_RANGES]; /* pairs first, last */
	u32 login_uid_range_count;
	bool follow_pid_namespaces;
	bool find_self;
	bool only_own_children; /* the self-test's scope: children of the tracer */
	bool follow_pods;	/* capture also what left the cgroups in scope, by PID namespace and lineage */
	u64 budget_cost_ns;	/* time in which a workspace earns one exec; 0: no budgets */
	u64 budget_burst_ns;	/* in which it earns all that it can save up */
	u64 reserve_cost_ns;	/* the same of the reserve for what is new */
	u64 reserve_burst_ns;
	u64 bytes_burst_ns;	 /* in which it earns its part of the ring, at a KiB for each exec that it earns */
	u64 reserve_token_bytes; /* bytes that each exec of the reserve allows for */
	u64 cgroup_cost_ns;	 /* the same of cgroups that it makes and removes */
	u64 cgroup_burst_ns;
};

const volatile struct config
	config SEC(".rodata.config") = { .v1_hierarchy = -1, .process_limit = 65536, .process_slot_mask = 65535 };

struct shared shared SEC(".data.shared") = {};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024);
} ring SEC(".maps");

/*
 * Preallocated and indexed by a small number: no lookup that could fail, no hash. Mappable only because such an array
 * begins at a page: what is counted at each fork and exec lies in a cache line of the owner's own.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, OWNERS);
	__type(key, u32);
	__type(value, struct owner);
} owners SEC(".maps");

/* Kept for the reader's successor where the programs outlive the reader; they themselves never look at these three. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct reader_state);
} reader_state SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct loss_key);
	__type(value, struct loss_told);
} losses_told SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, OWNERS);
	__type(key, u32);
	__type(value, struct owner_text);
} owner_texts SEC(".maps");

/*
 * Sequence numbers are per record type and CPU: a program can't be interrupted by itself on one CPU (preemption
 * is off in tracepoints up to 6.18, later the kernel refuses the recursion and counts it), so a plain increment
 * is enough, and 5.8 has no other. A program's stand-in, which may interrupt it, has numbers of its own.
 */
struct sequence {
	u64 last[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, ON_FREE + 1);
	__type(key, u32);
	__type(value, struct sequence);
} sequences SEC(".maps");

static __always_inline void fill_head(struct record *head, u32 type, u32 size, u64 cgroup, u32 owner, u32 pid,
				      u32 stand_in)
{
	struct sequence *sequence = bpf_map_lookup_elem(&sequences, &stand_in);

	head->size = size;
	head->type = type;
	head->cpu = bpf_get_smp_processor_id() + stand_in * MAX_CPUS;
	head->seq = sequence ? ++sequence->last[type & 7] : 0;
	head->time_ns = bpf_ktime_get_boot_ns();
	head->cgroup = cgroup;
	head->owner = owner;
	head->pid = pid;
}

/*
 * Waking a sleeping reader costs more than all else here together, so only the record that ends a silence does
 * it; the reader then looks by itself until there is silence again.
 */
static __always_inline u64 wake_flags(void)
{
	if (!shared.reader_waiting)
		return BPF_RB_NO_WAKEUP;
	shared.reader_waiting = 0;
	return BPF_RB_FORCE_WAKEUP;
}

/* Whether the programs have stopped: nobody has read for so long that nobody will. */
static __always_inline bool is_stopped(void)
{
	return shared.stopped_ns != 0;
}

/* The same, and stops them when it is time: asked at each exec of the node, so that quiet workspaces are no obstacle. */
static __always_inline bool is_abandoned(void)
{
	u64 until = shared.lease_until_ns;

	if (is_stopped())
		return true;
	if (!until || bpf_ktime_get_ns() <= until)
		return false;
	shared.stopped_ns = bpf_ktime_get_boot_ns();
	return true;
}

#endif
