/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Execs for which the kernel ran none of the programs (stand_in.h). It numbers the execs of a task, so their process
 * tells of them with its next exec, with its end, or when user space has all processes asked: they are lost, but it is
 * known whose they were.
 */
#ifndef REFUSED_H
#define REFUSED_H

#include "processes.h"

static __always_inline void count_refused(struct process *process, u8 count)
{
	if (!count || !shared.all_attached)
		return;
	__sync_fetch_and_add(&shared.missed_execs, count);
	count_losses(process->cgroup, process->owner, LOST_EXEC_REFUSED, count);
}

/* Whether a program before this one, on the same hook, has seen this exec. */
static __always_inline bool has_seen_exec(struct task_struct *task)
{
	u32 pid = task->tgid;
	u64 start_ns = process_start(task);
	struct process *process = find_process(pid, start_ns);
	u8 exec_id = task->self_exec_id;
	u32 *seen;

	if (process)
		return process->exec_id == exec_id;
	seen = seen_unplaced(pid, start_ns);
	return seen && *seen == exec_id;
}

/* To be called at each exec. An exec that fails when it has its number ends the process: all before this one succeeded. */
static __always_inline void see_exec(struct task_struct *task)
{
	u32 pid = task->tgid;
	u64 start_ns = process_start(task);
	u8 exec_id = task->self_exec_id, before;
	struct process *process;

	if (!config.possible_cpus)
		return;
	process = maybe_tracked(pid) ? find_process(pid, start_ns) : NULL;
	if (!process)
		return;
	before = process->exec_id;
	process->exec_id = exec_id;
	if (exec_id != before)
		count_refused(process, exec_id - before - 1);
}

/* To be called between execs; what is in the middle of one tells later. */
static __always_inline void see_refused(struct process *process, struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	u8 exec_id = task->self_exec_id, missed = exec_id - process->exec_id;

	if (!config.possible_cpus || !missed)
		return;
	if (bpf_core_field_exists(task->in_execve) && BPF_CORE_READ_BITFIELD_PROBED(task, in_execve))
		return;
	process->exec_id = exec_id;
	/* Without arguments the latest has failed. */
	if (mm && !mm->arg_end)
		missed--;
	count_refused(process, missed);
}

#endif
