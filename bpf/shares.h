/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What each owner may have of the tables that all share. */
#ifndef SHARES_H
#define SHARES_H

#include "state.h"

/*
 * An owner may add an entry while it holds fewer than are free (the dynamic threshold of shared-memory switches): one
 * that floods gets half of the table at most, two get a third each, and others always find room.
 */
static __always_inline bool may_add(u64 held, u64 used, u64 limit)
{
	return used < limit && held < limit - used;
}

#endif
