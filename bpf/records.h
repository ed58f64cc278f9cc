/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the kernel side tells user space: records in the ring buffer, and memory that both sides map.
 * The decoder's offsets are compared with this file's (through BTF) by test/kernel/layout.test.ts.
 * All structs are little-endian, without implicit padding.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include "kernel.h"

#define CACHE_LINE __attribute__((aligned(64)))

enum record_type {
	RECORD_EXEC = 1,
	RECORD_EXIT = 2,
	RECORD_CGROUP_MADE = 3,
	RECORD_CGROUP_REMOVED = 4,
};

/* Bits of exec_record.flags. */
enum exec_flag {
	EXEC_SCRIPT = 1 << 0,
	EXEC_MEMFD = 1 << 1,
	EXEC_DELETED = 1 << 2,
	EXEC_EXE_TRUNCATED = 1 << 3,
	EXEC_EXE_OUTSIDE_ROOT = 1 << 4,
	EXEC_CWD_TRUNCATED = 1 << 5,
	EXEC_CWD_OUTSIDE_ROOT = 1 << 6,
	EXEC_CWD_DELETED = 1 << 7,
	EXEC_SETUID = 1 << 8,
	EXEC_SETGID = 1 << 9,
	EXEC_FILE_CAPABILITIES = 1 << 10,
	EXEC_SECURE = 1 << 11,
	EXEC_ARGS_UNREADABLE = 1 << 12,
	EXEC_NUMBER_UNKNOWN = 1 << 13,
};

enum lineage {
	LINEAGE_ROOT = 0,    /* no ancestor in scope */
	LINEAGE_KNOWN = 1,   /* parent names an exec */
	LINEAGE_UNKNOWN = 2, /* the process table was full when it mattered */
};

/* What was lost, and why: loss_key.reason. */
enum loss_reason {
	LOST_EXEC_RING_FULL = 1,
	LOST_EXEC_SCRATCH_BUSY = 2,
	LOST_EXIT_RING_FULL = 3,
	LOST_CGROUP_RING_FULL = 4,
	LOST_LINEAGE_TABLE_FULL = 5,
	WITHHELD_EXEC = 6,   /* the workspace ran more than its budget */
	WITHHELD_CGROUP = 7, /* it made or removed more cgroups than its budget: not announced */
	LOST_NAMESPACE_TABLE_FULL = 8,
	SHORTENED_ARGS = 9, /* it filled its part of the ring: only head and tail of an exec's arguments were kept */
	LOST_EXEC_REFUSED = 10,	   /* the kernel ran none of the programs that were to log it */
	LOST_EXIT_TABLE_FULL = 11, /* of a process that found no place in the process table, nor in the one for those */
	LOSS_REASONS = 12,
};

/* An exec within one boot: the process's host pid and start time, and which of its execs. */
struct exec_ref {
	u64 start_ns; /* CLOCK_BOOTTIME */
	u32 pid;
	u32 exec_number; /* 0: what ran when tracing began */
};

/* How a process was found to be in scope. */
enum scope_way {
	VIA_SCOPE = 0,	   /* by its cgroup, or as the configuration says */
	VIA_NAMESPACE = 1, /* its cgroup is in no pod, but a PID namespace above it was made in one */
	VIA_LINEAGE = 2,   /* neither, but it descends from a process that was in scope */
};

/* Head of every record. */
struct record {
	u32 size;    /* of the whole record, bytes */
	u16 type;    /* enum record_type */
	u16 cpu;     /* of a stand-in 4,096 more, or twice as many; of what is seen late three times as many */
	u64 seq;     /* per type and CPU: 1, 2, 3, …; a hole is a lost record */
	u64 time_ns; /* CLOCK_BOOTTIME */
	u64 cgroup;  /* cgroup key: id, hierarchy number in the top 16 bits */
	u32 owner;   /* who the scope says it belongs to: an index into owners */
	u32 pid;
};

/* An id that a namespace does not map. */
#define NO_ID 0xffffffffu

/* Followed by filename, exe, interpreter, cwd, head and tail of the arguments, each as long as its field says.
 * Paths (exe, cwd) are their components from the leaf to the root, each ended by a NUL. */
struct exec_record {
	struct record head;
	u64 start_ns;
	struct exec_ref parent;
	u32 exec_number;
	u32 lineage;
	u32 tid;
	u32 ppid;
	u32 uid;
	u32 gid;
	u32 euid;
	u32 egid;
	u32 login_uid;	   /* NO_ID: nobody logged in */
	u32 audit_session; /* NO_ID: none */
	u32 session_id;
	u32 ns_level; /* depth of the PID namespace, 0 the host's */
	u32 ns_pid;
	u32 ns_uid;
	u32 ns_gid;
	u32 pid_namespace;
	u64 cap_effective;
	u64 origin; /* key of the cgroup by which it is attributed; not that of the head where `via` is another way */
	u64 inode;
	u32 device;
	u32 flags;
	u32 arg_count;
	u32 args_bytes; /* true length */
	u32 args_head_bytes;
	u32 args_tail_bytes;
	u16 filename_bytes;
	u16 exe_bytes;
	u16 interpreter_bytes;
	u16 cwd_bytes;
	u32 via; /* enum scope_way */
	u32 reserved;
	char comm[16];
	char tty[16];
};

struct exit_record {
	struct record head;
	u64 start_ns;
	u32 exec_number;
	u32 status; /* as wait() gives it */
	u32 ns_pid;
	u32 pid_namespace;
	u32 login_uid;
	u32 ns_level;
	u32 via;     /* enum scope_way */
	u32 late;    /* 1: seen when the process was freed, which is later than its end */
	u64 exec_ns; /* of an exec without a number: when it was, which names it; else 0 */
};

/* A cgroup in scope was made or removed. Followed by its name (made only). */
struct cgroup_record {
	struct record head;
	u64 parent; /* cgroup key */
	u32 prefix; /* which of the scope's paths this is, from 1; 0 for none */
	u32 name_bytes;
};

/* A process that runs already, as the snapshot iterator reports it. */
struct snapshot_record {
	u64 start_ns;
	struct exec_ref parent;
	u64 cgroup;
	u32 owner;
	u32 pid;
	u32 ppid;
	u32 exec_number;
	u32 lineage;
	u32 uid;
	u32 gid;
	u32 login_uid;
	u32 ns_pid;
	u32 ns_level;
	u32 pid_namespace;
	u32 via; /* enum scope_way */
	char comm[16];
};

struct loss_key {
	u64 cgroup;
	u32 owner;
	u32 reason;  /* enum loss_reason */
	u32 program; /* WITHHELD_EXEC only: tells files apart */
	u32 reserved;
};

struct loss {
	u64 count;
	u64 first_ns; /* first of the period that epoch names */
	u64 last_ns;
	u64 epoch;
};

struct program_loss {
	struct loss loss;
	char comm[16]; /* WITHHELD_EXEC only: the program's name, the first time */
};

/* Who captured processes belong to: a workspace, or a scope path whose workspaces are not known yet. */
struct owner {
	u64 processes;	     /* entries in the process table now */
	u64 last_refused_ns; /* when the table was last full for it, CLOCK_BOOTTIME */
	u64 budget_full_at;  /* when its budget will be whole again, and its reserve: CLOCK_BOOTTIME */
	u64 reserve_full_at;
	u64 bytes_full_at;   /* the same of its part of the ring */
	u64 cgroups_full_at; /* the same of its budget of cgroups */
	u64 unremembered;    /* cgroups that were not announced, which the removal of any of its cgroups may be of */
	u64 unannounced;     /* the same of those that are remembered: its entries in that table */
	u64 namespaces;	     /* its entries in namespace_scope, where the programs make them */
	u64 loss_counters;   /* entries in losses that were ever its own; those that were freed are counted apart */
	u64 login_uid;	     /* where it is a login uid's: that, and one more */
	struct loss overflow[LOSS_REASONS]; /* losses whose cgroup found no place of its own */
} CACHE_LINE;

#define SELF_LEVELS 17
#define SELF_NAME_BYTES 128

/* Where the tracer itself runs, in the kernel's view: its cgroup and that one's ancestors, root last. */
struct self_location {
	u32 pid;
	u32 levels;
	u64 cgroups[SELF_LEVELS];
	char names[SELF_LEVELS][SELF_NAME_BYTES];
};

#define VERDICT_CACHE_SLOTS 256

/* Mapped by both sides. What is written all the time lies apart from what is only read. */
struct shared {
	u32 generation;	    /* of the scope; a new one empties the verdict cache */
	u32 v1_in_scope;    /* the scope has had entries in the v1 hierarchy: it is worth a look */
	u64 loss_epoch;	    /* user space begins a new period */
	char self_name[16]; /* the comm by which the tracer shows itself */
	u64 displaced;	    /* processes that are not in the slot of their pid */
	u64 mark_seed;	    /* a secret of this load; see budget.h */
	u32 snapshot_taken; /* nothing but the ends of processes takes them out of the table any more */
	u32 all_attached;   /* an exec that no program sees from now on is lost */
	u64 lease_until_ns; /* CLOCK_MONOTONIC, which stands still in suspend; 0: the programs end with their reader */
	u64 stopped_ns;	    /* CLOCK_BOOTTIME: when they stopped because nobody had renewed the lease */
	u64 unplaced_execs; /* processes that run a program, but found no place in the process table */
	u64 verdict_cache[VERDICT_CACHE_SLOTS] CACHE_LINE;
	u32 reader_waiting CACHE_LINE; /* the reader sleeps: wake it with the next record */
	u32 padding;
	u64 processes CACHE_LINE; /* entries in the process table */
	u64 losses;		  /* grows with every loss anywhere */
	u64 unannounced;	  /* entries of all owners, as in struct owner */
	u64 namespaces;
	u64 loss_counters;
	u64 loss_counters_freed; /* by user space */
	u64 stood_in;		 /* programs that the kernel refused to run, and another did in their place */
	u64 missed_execs;	 /* those that none did, as far as it is known whose they were */
	struct self_location self CACHE_LINE;
};

#define CLOCK_STEPS 64
#define RING_NAME_BYTES 40
#define HASH_BYTES 32

/* From when on the wall clock was how far ahead of the boot clock. */
struct clock_step {
	u64 since_ns; /* CLOCK_BOOTTIME */
	s64 offset_ns;
};

/* A position in the ring, and what was told up to it. */
struct checkpoint {
	u64 position;
	u64 seq; /* of the latest event */
};

/*
 * What a reader leaves to the next one. The programs don't look at it; it is pinned last, so that pins without it are
 * known to be incomplete. Its members up to process_layout have the same places in all versions, as have the head of the
 * records and shared.stopped_ns: what a reader must know to replace another version's programs.
 */
struct reader_state {
	u8 fingerprint[HASH_BYTES];	 /* of the compiled object and all that shapes its maps */
	u8 records[HASH_BYTES];		 /* of the layout of all that is shared, this struct included */
	u64 ring_bytes;			 /* size of the ring */
	char ring_name[RING_NAME_BYTES]; /* which ring positions belong to; kept when the programs are replaced */
	u64 ring_base;			 /* the ring's first position, in a count that goes on when they are replaced */
	u64 attached_ns;		 /* CLOCK_BOOTTIME: since when the programs collect */
	u64 detached_ns;		 /* CLOCK_BOOTTIME: when it was begun to take them off; 0: they are on */
	struct checkpoint checkpoints[2];
	u64 process_layout;   /* PROCESS_LAYOUT of the programs it is pinned with */
	u64 recursion_told;   /* programs that the kernel skipped, as far as told */
	u64 losses_forgotten; /* losses whose counters were freed */
	u64 clock_seen_ns;    /* CLOCK_BOOTTIME: when the reader last compared the clocks */
	u64 clock_step_count; /* ever; the latest are kept, in a circle */
	struct clock_step clock_steps[CLOCK_STEPS];
};

/* Losses as far as they were told, under their loss_key. */
struct loss_told {
	u64 count;
	u64 last_ns;
};

#define OWNER_TEXT_BYTES 2048

/* Whose an owner's number is, in the reader's own words. */
struct owner_text {
	u32 bytes;
	char text[OWNER_TEXT_BYTES - 4];
};

#endif
