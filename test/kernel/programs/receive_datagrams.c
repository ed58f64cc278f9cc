/* Prints what arrives at a Unix datagram socket, a line a datagram: `receive_datagrams PATH`. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char text[4096];
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	strcpy(address.sun_path, argv[1]);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		perror("receive_datagrams");
		return 1;
	}
	printf("bound\n");
	fflush(stdout);
	for (;;) {
		ssize_t size = recv(fd, text, sizeof(text), 0);

		if (size < 0)
			return 1;
		for (ssize_t i = 0; i < size; i++)
			putchar(text[i] == '\n' ? ' ' : text[i]);
		putchar('\n');
		fflush(stdout);
	}
}
