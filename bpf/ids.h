/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* User and group ids as the process's own user namespace shows them, the way from_kuid() computes them. */
#ifndef IDS_H
#define IDS_H

#include "state.h"

/* Up to five extents lie in the map itself; more in an array sorted by the outer id, at most 340 (UID_GID_MAP_MAX_EXTENTS). */
#define INLINE_EXTENTS 5
#define SEARCH_STEPS 9

static __noinline u32 search_extents(struct uid_gid_extent *extents, u32 count, u32 id)
{
	u32 low = 0, high = count;

	for (int i = 0; i < SEARCH_STEPS; i++) {
		struct uid_gid_extent extent;
		u32 middle = (low + high) / 2;

		if (low >= high)
			break;
		bpf_core_read(&extent, sizeof(extent), &extents[middle]);
		if (id < extent.lower_first)
			high = middle;
		else if (id - extent.lower_first >= extent.count)
			low = middle + 1;
		else
			return extent.first + (id - extent.lower_first);
	}
	return NO_ID;
}

static __always_inline u32 id_in_map(struct uid_gid_map *map, u32 id)
{
	u32 count = map->nr_extents;

	if (count > INLINE_EXTENTS)
		return search_extents(BPF_CORE_READ(map, reverse), count, id); /* in a union: no typed load */
#pragma unroll
	for (int i = 0; i < INLINE_EXTENTS; i++) {
		struct uid_gid_extent *extent = &map->extent[i];
		u32 lower_first = extent->lower_first;

		if (i < count && id >= lower_first && id - lower_first < extent->count)
			return extent->first + (id - lower_first);
	}
	return NO_ID;
}

#endif
