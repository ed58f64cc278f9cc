// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Logs every exec, and the end of every process, in the workspaces of a node.
 *
 * All hooks are tracepoints with typed arguments (tp_btf). None is on a system call: those make every system call
 * of the node slower, see arguments that may still change, and miss some ways to exec.
 */
#include "budget.h"
#include "exec.h"
#include "ids.h"
#include "paths.h"
#include "processes.h"
#include "scope.h"
#include "refused.h"
#include "self.h"
#include "stand_in.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Never loaded: clang keeps only the debug information of types that a global names, and the layout test needs these. */
const struct {
	struct exit_record exit;
	struct snapshot_record snapshot;
	enum record_type type;
	enum exec_flag flag;
	enum lineage lineage;
	enum scope_way way;
	enum loss_reason reason;
	enum v1_controller controller;
} user_space_types SEC("types") = {};

/* Here a child is bound to its parent's latest exec, before either can end. */
static __always_inline int bind_child(struct task_struct *parent, struct task_struct *child)
{
	struct process fresh = {}, *parent_process;
	u32 parent_pid = parent->tgid, pid = child->tgid;
	u64 parent_cgroup;
	u32 owner, parent_owner, via;

	if (is_stopped())
		return 0;
	if (child->pid != pid)
		return 0;
	owner = task_owner_via(child, &fresh.cgroup, &via);
	if (owner != UNDECIDED || !(config.follow_pods || config.follow_pid_namespaces)) {
		if (owner < FIRST_OWNER)
			return 0;
		parent_process = find_process(parent_pid, process_start(parent));
	} else {
		/* The child has no entry yet: by lineage it belongs where its parent does. */
		parent_process = maybe_tracked(parent_pid) ? find_process(parent_pid, process_start(parent)) : NULL;
		if (!parent_process)
			return 0;
		owner = parent_process->owner;
		via = VIA_LINEAGE;
	}
	if (config.follow_pods && via != VIA_SCOPE && parent_process)
		fresh.cgroup = parent_process->cgroup;
	if (!parent_process) {
		parent_owner = task_owner(parent, &parent_cgroup);
		if (parent_owner >= FIRST_OWNER)
			parent_process = adopt_process(parent, parent_cgroup, parent_owner, true);
		if (!parent_process && parent_owner >= FIRST_OWNER)
			fresh.lineage = LINEAGE_UNKNOWN;
	}
	if (parent_process)
		inherit_lineage(&fresh, parent_pid, parent_process);
	fresh.start_ns = child->start_boottime;
	fresh.pid = pid;
	fresh.owner = owner;
	fresh.exec_id = child->self_exec_id;
	add_process(&fresh);
	return 0;
}

static __always_inline bool has_seen_process(struct task_struct *child)
{
	u32 pid = child->tgid;
	u64 start_ns = process_start(child);

	return find_process(pid, start_ns) || seen_unplaced(pid, start_ns);
}

/* Whether this rename is known of a process that found no place: it would be looked for once more. */
static __always_inline bool has_noted_comm(struct task_struct *task)
{
	struct unplaced *unplaced = find_unplaced(task->tgid, process_start(task));

	return unplaced && is_same_text(unplaced->comm, task->comm);
}

/* exec renames the task before sched_process_exec: only here does it still carry its caller's comm. */
static __always_inline int note_comm(struct task_struct *task, const char *comm)
{
	u32 pid = task->tgid, owner;
	struct unplaced *unplaced;
	struct process *process;
	u64 cgroup;

	if (is_stopped())
		return 0;
	if (config.find_self)
		find_self(task, comm);
	owner = task_owner(task, &cgroup);
	if (owner < FIRST_OWNER)
		return 0;
	note_caller(task);
	process = find_process(pid, process_start(task));
	if (!process)
		process = adopt_process(task, cgroup, owner, false);
	if (process) {
		copy_text(process->comm, task->comm);
		return 0;
	}
	unplaced = find_unplaced(pid, process_start(task));
	if (unplaced)
		copy_text(unplaced->comm, task->comm);
	return 0;
}

/*
 * The exec has succeeded and the kernel has copied the arguments: what is read here is what runs, and the process
 * has not yet run an instruction that could change it.
 */
static __always_inline int log_exec(struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm, u32 stand_in)
{
	u32 pid = task->tgid, owner, size;
	u32 slot = bpf_get_smp_processor_id() + stand_in * config.possible_cpus;
	struct process *process;
	struct owner *budgeted;
	struct exec_record *record;
	struct exec_scratch *scratch;
	enum payer payer;
	u64 cgroup, origin;
	u32 via, program = 0;

	if (is_abandoned())
		return 0;
	see_exec(task);
	owner = task_owner_via(task, &cgroup, &via);
	if (owner < FIRST_OWNER)
		return 0;
	process = find_process(pid, process_start(task));
	if (!process)
		process = adopt_process(task, cgroup, owner, false);
	budgeted = budgeted_owner(owner);
	payer = budgeted ? pay_exec(task, bprm, owner, budgeted, process, slot, &program) : PAID_BY_BUDGET;
	/* It has no number then: whatever it starts hangs under the exec that was told last. */
	if (payer == PAID_BY_NOBODY) {
		count_withheld(task, cgroup, owner, program);
		return 0;
	}
	if (process) {
		process->exec_number++;
		process->has_exec = 1;
		/* What left its pod's cgroup is still known by it. */
		if (via == VIA_SCOPE)
			process->cgroup = cgroup;
		origin = process->cgroup;
	} else {
		origin = cgroup;
	}
	scratch = bpf_map_lookup_elem(&exec_scratch, &slot);
	if (!scratch || scratch->busy) {
		count_loss(cgroup, owner, LOST_EXEC_SCRATCH_BUSY);
		return 0;
	}
	scratch->busy = 1;
	scratch->from_reserve = payer == PAID_BY_RESERVE;
	scratch->shortens_args = shortens_args(budgeted, task);
	record = &scratch->record;
	record->flags = 0;
	record->origin = origin;
	record->via = via;
	fill_identity(record, task, process, old_pid);
	fill_credentials(record, task, bprm);
	size = fill_strings(scratch, task, bprm);
	note_namespace(record->pid_namespace, record->ns_pid, record->ns_level, owner, via);
	fill_head(&record->head, RECORD_EXEC, size, cgroup, owner, pid, stand_in);
	if (record->flags & EXEC_NUMBER_UNKNOWN)
		note_unplaced_exec(pid, record->start_ns, &record->head);
	/* Looked up anew: what is kept all the way has the verifier go it twice. */
	budgeted = budgeted_owner(owner);
	if (budgeted)
		pay_bytes(budgeted, record->head.time_ns, size, scratch->from_reserve);
	if (bpf_ringbuf_output(&ring, scratch->bytes, limited(size, sizeof(scratch->bytes)), wake_flags()))
		count_loss(cgroup, owner, LOST_EXEC_RING_FULL);
	else if (scratch->shortens_args)
		count_loss(cgroup, owner, SHORTENED_ARGS);
	scratch->busy = 0;
	return 0;
}

/* Tells of the end of a process, once; `task` is its last thread. `late`: it has been freed. */
static __always_inline int end_process(struct task_struct *task, u32 stand_in, bool late)
{
	struct task_struct *leader = task->group_leader;
	struct signal_struct *signal = task->signal;
	struct exit_record record = { .late = late };
	struct namespace_view view;
	struct unplaced *unplaced;
	struct process *process;
	u64 start_ns = process_start(task);
	u32 pid = task->tgid, owner;
	u64 cgroup;
	bool has_exec;

	if (!maybe_tracked(pid) && !shared.unplaced_execs)
		return 0;
	if (config.follow_pods)
		task_owner_via(task, &cgroup, &record.via);
	process = find_process(pid, start_ns);
	unplaced = process ? NULL : find_unplaced(pid, start_ns);
	if (!process && !(unplaced && unplaced->exec_ns))
		return 0;
	if (!ends_process(task, pid, start_ns))
		return 0;
	record.start_ns = start_ns;
	if (process) {
		see_refused(process, task);
		owner = process->owner;
		has_exec = process->has_exec;
		record.exec_number = process->exec_number;
		record.head.cgroup = process->cgroup;
		remove_process(pid, start_ns);
	} else {
		owner = unplaced->owner;
		has_exec = true;
		record.exec_ns = unplaced->exec_ns;
		record.head.cgroup = unplaced->cgroup;
		forget_unplaced(unplaced);
	}
	if (late)
		__sync_fetch_and_add(&shared.stood_in, 1);
	if (!has_exec)
		return 0;
	record.status = signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code : leader->exit_code;
	record.login_uid = task_login_uid(task);
	view = namespace_view(leader);
	record.pid_namespace = view.inode;
	record.ns_pid = view.pid;
	record.ns_level = view.level;
	fill_head(&record.head, RECORD_EXIT, sizeof(record), record.head.cgroup, owner, pid, stand_in);
	if (bpf_ringbuf_output(&ring, &record, sizeof(record), wake_flags()))
		count_loss(record.head.cgroup, owner, LOST_EXIT_RING_FULL);
	return 0;
}

/* Fires for every thread. The second argument that 6.16 added is not relied on. */
static __always_inline int log_exit(struct task_struct *task, u32 stand_in)
{
	struct task_struct *leader = task->group_leader;

	if (is_stopped())
		return 0;
	if (task->signal->live.counter > 0)
		return 0;
	if (config.follow_pid_namespaces)
		forget_ended_namespace(leader);
	if (config.follow_pods)
		forget_namespace(leader);
	return end_process(task, stand_in, false);
}

#define PROGRAM(name, number, hook, section, event, is_done, work, args...)                                            \
	SEC(section)                                                                                                   \
	int BPF_PROG(name, args)                                                                                       \
	{                                                                                                              \
		const u32 stand_in = number;                                                                           \
                                                                                                                       \
		if (config.possible_cpus && is_latest(hook, stand_in, event))                                          \
			return 0;                                                                                      \
		if (stand_in) {                                                                                        \
			if (is_done)                                                                                   \
				return 0;                                                                              \
			__sync_fetch_and_add(&shared.stood_in, 1);                                                     \
		}                                                                                                      \
		return work;                                                                                           \
	}

/*
 * A program and its stand-ins, `name_1` and `name_2`; in `work`, `stand_in` is 0 for the program itself. `is_done` may
 * be false where the same work again changes nothing.
 */
#define PROGRAMS(name, hook, section, event, is_done, work, args...)                                                   \
	PROGRAM(name, 0, hook, section, event, is_done, work, args)                                                    \
	PROGRAM(name##_1, 1, hook, section, event, is_done, work, args)                                                \
	PROGRAM(name##_2, 2, hook, section, event, is_done, work, args)

PROGRAMS(on_fork, HOOK_FORK, "tp_btf/sched_process_fork", event_of(child, 0), has_seen_process(child),
	 bind_child(parent, child), struct task_struct *parent, struct task_struct *child)
PROGRAMS(on_rename, HOOK_RENAME, "tp_btf/task_rename", event_of(task, task->self_exec_id), has_noted_comm(task),
	 note_comm(task, comm), struct task_struct *task, const char *comm)
PROGRAMS(on_exec, HOOK_EXEC, "tp_btf/sched_process_exec", event_of(task, task->self_exec_id), has_seen_exec(task),
	 log_exec(task, old_pid, bprm, stand_in), struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
PROGRAMS(on_exit, HOOK_EXIT, "tp_btf/sched_process_exit", event_of(task, 0), false, log_exit(task, stand_in),
	 struct task_struct *task)

/* An end that the kernel ran no program for. It frees the process in a soft interrupt, in which nothing is preempted. */
SEC("tp_btf/sched_process_free")
int BPF_PROG(on_free, struct task_struct *task)
{
	if (is_stopped() || task->pid != task->tgid)
		return 0;
	return end_process(task, ON_FREE, true);
}

/* Execs that the kernel ran no program for, of all processes that run: user space has them asked when it refused some. */
SEC("iter/task")
int find_refused(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct process *process;

	if (!task || task->pid != task->tgid || !maybe_tracked(task->tgid))
		return 0;
	process = find_process(task->tgid, process_start(task));
	if (process)
		see_refused(process, task);
	return 0;
}

/* Names a cgroup while it exists for sure, and puts a scope path that comes into being under its verdict before
 * any process can enter it. */
SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup_mkdir, struct cgroup *cgroup, const char *path)
{
	u32 zero = 0, owner, size, name_bytes;
	struct cgroup_scratch *scratch = bpf_map_lookup_elem(&cgroup_scratch, &zero);
	struct cgroup_subsys_state *parent = cgroup->self.parent;
	struct path_verdict *verdict;
	u64 key = cgroup_key(cgroup);
	long n;

	if (is_stopped())
		return 0;
	if (!scratch || !parent || !is_watched(cgroup))
		return 0;
	__builtin_memset(&scratch->path, 0, sizeof(scratch->path));
	bpf_probe_read_kernel_str(&scratch->path, sizeof(scratch->path), path);
	verdict = bpf_map_lookup_elem(&path_scope, &scratch->path);
	if (verdict) {
		if (cgroup->root->hierarchy_id != 0)
			shared.v1_in_scope = 1;
		bpf_map_update_elem(&scope, &key, &verdict->owner, BPF_ANY);
	}
	owner = cgroup_owner(cgroup, cgroup->root->hierarchy_id != 0);
	if (owner < FIRST_OWNER)
		return 0;
	if (!verdict && withhold_cgroup(key, owner))
		return 0;
	scratch->record.parent = cgroup_key(parent->cgroup);
	scratch->record.prefix = verdict ? verdict->prefix : 0;
	n = bpf_probe_read_kernel_str(scratch->name, sizeof(scratch->name), cgroup->kn->name);
	name_bytes = n < 1 ? 0 : n - 1;
	scratch->record.name_bytes = name_bytes;
	size = sizeof(scratch->record) + name_bytes;
	fill_head(&scratch->record.head, RECORD_CGROUP_MADE, size, key, owner, 0, 0);
	if (size > sizeof(*scratch) - sizeof(scratch->path))
		return 0;
	/* Under no cgroup: a counter for each that is lost would take the room of all others. */
	if (bpf_ringbuf_output(&ring, &scratch->record, size, wake_flags()))
		count_loss(0, owner, LOST_CGROUP_RING_FULL);
	return 0;
}

/* A cgroup goes when its last process has, so its record follows all of its events. */
SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(on_cgroup_rmdir, struct cgroup *cgroup, const char *path)
{
	u64 key = cgroup_key(cgroup);
	struct cgroup_record record = {};
	bool had_verdict;
	u32 owner;

	if (is_stopped())
		return 0;
	if (!is_watched(cgroup))
		return 0;
	owner = cgroup_owner(cgroup, cgroup->root->hierarchy_id != 0);
	had_verdict = !bpf_map_delete_elem(&scope, &key);
	if (forget_unannounced(key) && !had_verdict)
		return 0;
	if (owner < FIRST_OWNER)
		return 0;
	if (!had_verdict && withhold_removal(owner))
		return 0;
	fill_head(&record.head, RECORD_CGROUP_REMOVED, sizeof(record), key, owner, 0, 0);
	if (bpf_ringbuf_output(&ring, &record, sizeof(record), wake_flags()))
		count_loss(0, owner, LOST_CGROUP_RING_FULL);
	return 0;
}

/* Reports the processes in scope that run already, and puts them into the process table. */
SEC("iter/task")
int snapshot(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct snapshot_record record = {};
	struct namespace_view view;
	struct process *process;
	u64 start;
	u32 pid;

	if (!task || task->pid != task->tgid || task->signal->live.counter <= 0)
		return 0;
	record.owner = task_owner_via(task, &record.cgroup, &record.via);
	if (record.owner < FIRST_OWNER)
		return 0;
	pid = task->tgid;
	start = process_start(task);
	process = find_process(pid, start);
	if (!process)
		process = adopt_process(task, record.cgroup, record.owner, true);
	record.start_ns = start;
	record.pid = pid;
	record.ppid = task->real_parent->tgid;
	if (process) {
		/* Its parent when nothing better is known: who its parent is now. */
		if (process->lineage == LINEAGE_ROOT && !process->exec_number) {
			struct process *parent = find_process(record.ppid, process_start(task->real_parent));

			if (parent)
				inherit_lineage(process, record.ppid, parent);
		}
		record.exec_number = process->exec_number;
		record.lineage = process->lineage;
		record.parent = process->parent;
	} else {
		record.lineage = LINEAGE_UNKNOWN;
	}
	record.uid = task->real_cred->uid.val;
	record.gid = task->real_cred->gid.val;
	record.login_uid = task_login_uid(task);
	view = namespace_view(task);
	record.pid_namespace = view.inode;
	record.ns_pid = view.pid;
	record.ns_level = view.level;
	note_namespace(view.inode, view.pid, view.level, record.owner, record.via);
	bpf_probe_read_kernel(record.comm, sizeof(record.comm), task->comm);
	bpf_seq_write(context->meta->seq, &record, sizeof(record));
	/* It may have ended between the look and the entry: then no exit will remove it. */
	if (process && task->signal->live.counter <= 0 && ends_process(task, pid, start))
		remove_process(pid, start);
	return 0;
}
