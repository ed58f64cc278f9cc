// Says the ids of all BPF programs and links of this kernel, a line each.
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void list(int command, const char *kind)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	while (syscall(__NR_bpf, command, &attr, sizeof(attr)) == 0) {
		printf("%s %u\n", kind, attr.next_id);
		attr.start_id = attr.next_id;
	}
}

int main(void)
{
	list(BPF_PROG_GET_NEXT_ID, "program");
	list(BPF_LINK_GET_NEXT_ID, "link");
	return 0;
}
