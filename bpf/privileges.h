/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What an exec gained: the credentials after it, and those before, which the kernel has given up by the time it is seen. */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include "ids.h"
#include "state.h"

/* include/uapi/linux/stat.h */
#define S_ISUID 0004000
#define S_ISGID 0002000
#define S_IXGRP 0000010

/* Effective ids of a process when it was renamed last. */
struct caller {
	u32 pid;
	u32 euid;
	u32 egid;
	u8 exec_id; /* the kernel's number of the process's latest exec then, low bits */
	u8 padding[3];
};

/* By the low bits of the pid, as the process table. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 65536);
	__type(key, u32);
	__type(value, struct caller);
} callers SEC(".maps");

/* To be called when a task is renamed: an exec does that before it takes the new credentials. */
static __always_inline void note_caller(struct task_struct *task)
{
	u32 pid = task->tgid, slot = pid & config.process_slot_mask;
	struct caller *caller = bpf_map_lookup_elem(&callers, &slot);
	const struct cred *cred = task->cred;

	if (!caller)
		return;
	caller->pid = pid;
	caller->euid = cred->euid.val;
	caller->egid = cred->egid.val;
	caller->exec_id = task->self_exec_id;
}

static __always_inline bool is_root(struct user_namespace *user_ns, u32 id)
{
	return id_in_map(&user_ns->uid_map, id) == 0;
}

/*
 * Bits of exec_record.flags of an exec that is secure to the kernel, added to `flags`: in a map, since the verifier would go all that
 * follows once for each combination of them in a register. Whoever is not root, neither really nor effectively, has capabilities beyond
 * the ambient ones from the file only (cap_bprm_creds_from_file); root has them without it.
 */
static __always_inline void add_privileges(u32 *flags, struct task_struct *task, struct inode *inode)
{
	u32 pid = task->tgid, slot = pid & config.process_slot_mask;
	struct caller *caller = bpf_map_lookup_elem(&callers, &slot);
	const struct cred *cred = task->cred;
	u32 uid = cred->uid.val, gid = cred->gid.val, euid = cred->euid.val, egid = cred->egid.val;
	/* Where another process's rename has taken the place: as if nothing had been set before, and the file tells. */
	u32 euid_before = uid, egid_before = gid;
	u16 mode = inode->i_mode;
	bool sets_uid = (mode & S_ISUID) && euid == inode->i_uid.val;
	bool sets_gid = (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && egid == inode->i_gid.val;

	if (caller && caller->pid == pid && caller->exec_id == (u8)(task->self_exec_id - 1)) {
		euid_before = caller->euid;
		egid_before = caller->egid;
		/* The change itself tells: the mount may map the ids of its files, and binfmt_misc take those of another file. */
		sets_uid = sets_gid = true;
	}
	if (sets_uid && euid != uid && euid != euid_before)
		*flags |= EXEC_SETUID;
	if (sets_gid && egid != gid && egid != egid_before)
		*flags |= EXEC_SETGID;
	if (cred->cap_permitted.val & ~cred->cap_ambient.val && !is_root(cred->user_ns, uid) &&
	    !is_root(cred->user_ns, euid))
		*flags |= EXEC_FILE_CAPABILITIES;
	/* Ids that an earlier exec has set make this one secure, too. */
	if (*flags & (EXEC_SETUID | EXEC_SETGID | EXEC_FILE_CAPABILITIES) || euid != euid_before ||
	    egid != egid_before || (euid == uid && egid == gid))
		*flags |= EXEC_SECURE;
}

#endif
