/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Absolute paths, walked from the leaf to the process's root: bpf_d_path() is not allowed in these tracepoints.
 * The walk follows parents through plain dentry fields, without locks: a rename meanwhile may show a path that
 * was never whole, never memory that is not a name.
 */
#ifndef PATHS_H
#define PATHS_H

#include "state.h"

/* Names on the mount that the file lies on, and names and mount crossings above it. */
#define PATH_LEAF_COMPONENTS 32
#define PATH_UPPER_COMPONENTS 16
#define PATH_MAX_BYTES ((PATH_LEAF_COMPONENTS + PATH_UPPER_COMPONENTS) * 256)

#define PATH_TRUNCATED 1
#define PATH_OUTSIDE_ROOT 2 /* reached the top of the mounts, or of a file system, without meeting the process's root */

/*
 * Limits a value where it is used, in assembly, so that the verifier compares the very register that is used next:
 * older kernels (seen on 5.10 and 6.1, not on 6.12) learn nothing of the copy of it that the compiler may have put on
 * the stack, or forget the range of whatever lies there.
 */
static __always_inline u64 limited(u64 value, u32 limit)
{
	asm volatile("if %0 <= %1 goto +1\n%0 = %1" : "+r"(value) : "i"(limit));
	return value;
}

/*
 * Forgets what the verifier knows of a value but its limit, by a detour through map memory: paths that differ only
 * in how long something may be become one, where they would multiply otherwise.
 */
static __always_inline u32 forget_range(u32 *memory, u32 value, u32 limit)
{
	*(volatile u32 *)memory = value;
	return limited(*(volatile u32 *)memory, limit);
}

/* Bytes written, NUL included: 0 … 256. Without a branch, for the same reason; so the offset gets a mask. */
static __always_inline u32 put_name(char *to, u64 offset, const void *name)
{
	long n, negative;

	asm volatile("%0 &= 16383" : "+r"(offset));
	n = bpf_probe_read_kernel_str(to + offset, 256, name), negative = n;
	asm volatile("%0 s>>= 63" : "+r"(negative));
	return n & ~negative & 511;
}

/*
 * Writes the names at `to`, which has room for PATH_MAX_BYTES. Unrolled: as a bounded loop the verifier walks
 * twenty times as far. Loads through typed pointers cost a third of a helper's, but end at the first mount crossing.
 */
static __noinline u32 walk_path(char *to, u32 *memory, struct path *path, struct fs_struct *fs)
{
	struct dentry *dentry = path->dentry, *root_dentry = fs->root.dentry, *parent, *mount_root;
	struct vfsmount *mnt = path->mnt, *root_mnt = fs->root.mnt;
	struct mount *mount, *parent_mount;
	u32 bytes = 0;

	mount_root = mnt->mnt_root;
#pragma unroll
	for (int i = 0; i < PATH_LEAF_COMPONENTS; i++) {
		if (dentry == root_dentry && mnt == root_mnt)
			return bytes;
		if (dentry == mount_root)
			goto crossing;
		parent = dentry->d_parent;
		/* Moved out of the directory that is mounted. */
		if (i && parent == dentry)
			return bytes | PATH_OUTSIDE_ROOT << 16;
		bytes += put_name(to, bytes, dentry->d_name.name);
		if (parent == dentry)
			return bytes; /* no directory at all, such as a memfd */
		dentry = parent;
	}
	if (dentry == root_dentry && mnt == root_mnt)
		return bytes;
	if (dentry != mount_root)
		return bytes | PATH_TRUNCATED << 16;
crossing:
	bytes = forget_range(memory, bytes, PATH_LEAF_COMPONENTS * 256);
	mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
	parent_mount = BPF_CORE_READ(mount, mnt_parent);
	if (parent_mount == mount)
		return bytes | PATH_OUTSIDE_ROOT << 16;
	dentry = BPF_CORE_READ(mount, mnt_mountpoint);
	mount = parent_mount;
#pragma unroll
	for (int i = 0; i < PATH_UPPER_COMPONENTS; i++) {
		if (dentry == root_dentry &&
		    (void *)mount + bpf_core_field_offset(struct mount, mnt) == (void *)root_mnt)
			return bytes;
		if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
			parent_mount = BPF_CORE_READ(mount, mnt_parent);
			if (parent_mount == mount)
				return bytes | PATH_OUTSIDE_ROOT << 16;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = parent_mount;
		} else {
			parent = BPF_CORE_READ(dentry, d_parent);
			if (parent == dentry)
				return bytes | PATH_OUTSIDE_ROOT << 16;
			bytes += put_name(to, bytes, BPF_CORE_READ(dentry, d_name.name));
			dentry = parent;
		}
	}
	if (dentry == root_dentry && (void *)mount + bpf_core_field_offset(struct mount, mnt) == (void *)root_mnt)
		return bytes;
	return bytes | PATH_TRUNCATED << 16;
}

/* An open or executed file whose last name was removed; a root has no name to lose. */
static __always_inline bool is_unhashed(struct dentry *dentry)
{
	return !dentry->d_hash.pprev && dentry->d_parent != dentry;
}

#endif
