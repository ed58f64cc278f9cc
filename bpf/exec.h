/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Filling an exec record, in a buffer of the CPU's own, so that a record in the ring is no longer than its content. */
#ifndef EXEC_H
#define EXEC_H

#include "ids.h"
#include "paths.h"
#include "privileges.h"
#include "processes.h"
#include "scope.h"

/* include/linux/sched/signal.h, include/linux/pid.h, include/linux/mount.h */
#define SIGNAL_GROUP_EXIT 0x4
#define PIDTYPE_SID 3
#define MNT_NS_INTERNAL -22

/* The longest path, below a directory that is given by a descriptor: "/dev/fd/NUMBER/PATH". */
#define FILENAME_BYTES (4096 + 32)
#define INTERPRETER_BYTES 256
/* Arguments are whole up to here; of longer ones the first and the last half are kept. */
#define ARGS_BYTES 32768
#define ARGS_PART_BYTES (ARGS_BYTES / 2)
/* The same of what has them shortened, because its owner fills the ring with them. */
#define SHORT_ARGS_BYTES 1024

#define STRINGS_LIMIT (sizeof(struct exec_record) + FILENAME_BYTES + INTERPRETER_BYTES + 2 * PATH_MAX_BYTES)

struct exec_scratch {
	union {
		struct exec_record record;
		char bytes[STRINGS_LIMIT + ARGS_BYTES];
	};
	u32 busy;   /* a program that interrupts itself must not write into its own record */
	u32 memory; /* for forget_range() */
	/* Kept here, and not in registers, for the same reason as there. */
	u32 shortens_args;
	u32 from_reserve;
};

/* A PERCPU_ARRAY's values are limited to 32 KiB: a slot for each possible CPU, and for each of its stand-ins; sized before load. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct exec_scratch);
} exec_scratch SEC(".maps");

static __always_inline void fill_identity(struct exec_record *record, struct task_struct *task, struct process *process,
					  pid_t old_pid)
{
	struct signal_struct *signal = task->signal;
	struct tty_struct *tty = signal->tty;
	struct namespace_view view = namespace_view(task);

	record->start_ns = process_start(task);
	record->tid = old_pid;
	record->ppid = task->real_parent->tgid;
	if (process) {
		record->parent = process->parent;
		record->exec_number = process->exec_number;
		record->lineage = process->lineage;
		__builtin_memcpy(record->comm, process->comm, sizeof(record->comm));
	} else {
		struct unplaced *known = find_unplaced(task->tgid, record->start_ns);

		__builtin_memset(&record->parent, 0, sizeof(record->parent));
		record->exec_number = 0;
		record->lineage = LINEAGE_UNKNOWN;
		record->flags |= EXEC_NUMBER_UNKNOWN;
		if (known)
			__builtin_memcpy(record->comm, known->comm, sizeof(record->comm));
		else
			__builtin_memset(record->comm, 0, sizeof(record->comm));
	}
	record->session_id = signal->pids[PIDTYPE_SID]->numbers[0].nr;
	if (tty)
		copy_text(record->tty, tty->name);
	else
		__builtin_memset(record->tty, 0, sizeof(record->tty));
	record->pid_namespace = view.inode;
	record->ns_pid = view.pid;
	record->ns_level = view.level;
	record->login_uid = task_login_uid(task);
	record->audit_session = bpf_core_field_exists(task->sessionid) ? task->sessionid : NO_ID;
}

static __always_inline void fill_credentials(struct exec_record *record, struct task_struct *task,
					     struct linux_binprm *bprm)
{
	const struct cred *cred = task->cred;
	struct user_namespace *user_ns = cred->user_ns;
	struct inode *inode = bprm->file->f_inode;

	record->uid = cred->uid.val;
	record->gid = cred->gid.val;
	record->euid = cred->euid.val;
	record->egid = cred->egid.val;
	record->ns_uid = id_in_map(&user_ns->uid_map, record->uid);
	record->ns_gid = id_in_map(&user_ns->gid_map, record->gid);
	record->cap_effective = cred->cap_effective.val;
	record->inode = inode->i_ino;
	record->device = inode->i_sb->s_dev;
	if (BPF_CORE_READ_BITFIELD_PROBED(bprm, secureexec))
		add_privileges(&record->flags, task, inode);
}

/* A file that memfd_create made lies on a mount of the kernel's own; its name alone could be anybody's. */
static __always_inline bool is_memfd(struct file *file)
{
	struct mount *mount = (void *)file->f_path.mnt - bpf_core_field_offset(struct mount, mnt);
	char prefix[6];

	if (BPF_CORE_READ(mount, mnt_ns) != (void *)MNT_NS_INTERNAL)
		return false;
	bpf_probe_read_kernel(prefix, sizeof(prefix), file->f_path.dentry->d_name.name);
	return prefix[0] == 'm' && prefix[1] == 'e' && prefix[2] == 'm' && prefix[3] == 'f' && prefix[4] == 'd' &&
	       prefix[5] == ':';
}

static __always_inline u32 read_name(void *to, u32 limit, const void *from)
{
	long n = bpf_probe_read_kernel_str(to, limit, from);

	return n < 1 ? 0 : n > limit ? limit - 1 : n - 1;
}

/* Reads user memory; what can't be read is zeroed and said. */
static __always_inline u32 read_args(struct exec_record *record, void *to, u32 size, u64 from)
{
	if (size > ARGS_BYTES)
		size = ARGS_BYTES;
	if (bpf_probe_read_user(to, size, (void *)from))
		record->flags |= EXEC_ARGS_UNREADABLE;
	return size;
}

/* Of arguments so long the first and the last `part` bytes; returns the size with them. */
static __always_inline u32 read_ends(struct exec_scratch *scratch, u32 size, u32 part, u64 args_start, u64 args_bytes)
{
	struct exec_record *record = &scratch->record;

	read_args(record, scratch->bytes + size, part, args_start);
	size += part;
	read_args(record, scratch->bytes + limited(size, STRINGS_LIMIT + part), part, args_start + args_bytes - part);
	record->args_head_bytes = part;
	record->args_tail_bytes = part;
	return size + part;
}

/* Writes everything of variable length behind the record; returns the size of the whole. */
static __always_inline u32 fill_strings(struct exec_scratch *scratch, struct task_struct *task,
					struct linux_binprm *bprm)
{
	struct exec_record *record = &scratch->record;
	struct file *file = bprm->file;
	struct fs_struct *fs = task->fs;
	struct mm_struct *mm = task->mm;
	u64 args_start = mm->arg_start, args_bytes = mm->arg_end - args_start;
	u32 size = sizeof(*record), n;

	n = read_name(scratch->bytes + size, FILENAME_BYTES, bprm->filename);
	record->filename_bytes = n;
	size += n;

	n = walk_path(scratch->bytes + limited(size, STRINGS_LIMIT - PATH_MAX_BYTES), &scratch->memory, &file->f_path,
		      fs);
	if (n >> 16 & PATH_TRUNCATED)
		record->flags |= EXEC_EXE_TRUNCATED;
	if (n >> 16 & PATH_OUTSIDE_ROOT)
		record->flags |= EXEC_EXE_OUTSIDE_ROOT;
	n = forget_range(&scratch->memory, n & 0xffff, PATH_MAX_BYTES);
	record->exe_bytes = n;
	size += n;
	/* A memfd never has a name; so nearly all files need no look at their mount. */
	if (!file->f_inode->i_nlink)
		record->flags |= is_memfd(file) ? EXEC_MEMFD : EXEC_DELETED;
	else if (is_unhashed(file->f_path.dentry))
		record->flags |= EXEC_DELETED;

	record->interpreter_bytes = 0;
	if (bprm->interp != bprm->filename) {
		n = read_name(scratch->bytes + limited(size, STRINGS_LIMIT - PATH_MAX_BYTES), INTERPRETER_BYTES,
			      bprm->interp);
		record->interpreter_bytes = n;
		record->flags |= EXEC_SCRIPT;
		size += n;
	}

	size = forget_range(&scratch->memory, size, STRINGS_LIMIT - PATH_MAX_BYTES);
	n = walk_path(scratch->bytes + limited(size, STRINGS_LIMIT - PATH_MAX_BYTES), &scratch->memory, &fs->pwd, fs);
	if (n >> 16 & PATH_TRUNCATED)
		record->flags |= EXEC_CWD_TRUNCATED;
	if (n >> 16 & PATH_OUTSIDE_ROOT)
		record->flags |= EXEC_CWD_OUTSIDE_ROOT;
	n = forget_range(&scratch->memory, n & 0xffff, PATH_MAX_BYTES);
	record->cwd_bytes = n;
	size += n;
	if (is_unhashed(fs->pwd.dentry))
		record->flags |= EXEC_CWD_DELETED;

	size = forget_range(&scratch->memory, size, STRINGS_LIMIT);
	record->arg_count = bprm->argc;
	record->args_bytes = args_bytes;
	if (scratch->shortens_args) {
		size = read_ends(scratch, size, SHORT_ARGS_BYTES / 2, args_start, args_bytes);
	} else if (args_bytes <= ARGS_BYTES) {
		n = read_args(record, scratch->bytes + size, args_bytes, args_start);
		record->args_head_bytes = n;
		record->args_tail_bytes = 0;
		size += n;
	} else {
		size = read_ends(scratch, size, ARGS_PART_BYTES, args_start, args_bytes);
	}
	return size;
}

#endif
