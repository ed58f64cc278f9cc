/* set_file_capability FILE [permitted]: gives FILE the capability CAP_NET_RAW, permitted and effective, or only permitted. */
#include <linux/capability.h>
#include <stdio.h>
#include <sys/xattr.h>

int main(int argc, char **argv)
{
	struct vfs_cap_data data = {
		.magic_etc = VFS_CAP_REVISION_2 | (argc > 2 ? 0 : VFS_CAP_FLAGS_EFFECTIVE),
		.data = { { .permitted = 1 << CAP_NET_RAW } },
	};

	if (setxattr(argv[1], "security.capability", &data, sizeof(data), 0)) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
