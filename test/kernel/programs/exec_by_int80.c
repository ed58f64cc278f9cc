/* exec_by_int80: execs /bin/true with the argument "by-int-80" through the 32-bit system call gate. */
#include <stdint.h>

static char path[] = "/bin/true", argument[] = "by-int-80";
static uint32_t argv[3], environment[1];

int main(void)
{
	int result;

	/* Not position-independent: the addresses fit into 32 bits. */
	argv[0] = (uint32_t)(uintptr_t)path;
	argv[1] = (uint32_t)(uintptr_t)argument;
	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"(11), "b"((uint32_t)(uintptr_t)path), "c"((uint32_t)(uintptr_t)argv),
		       "d"((uint32_t)(uintptr_t)environment)
		     : "memory");
	return 1;
}
