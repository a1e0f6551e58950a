// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The server that people really write: it does not know SIGPIPE and dies of it a few seconds after
 * its client has gone. For the demo and the documentation; no test program, so it sleeps.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int send_reply(int client, const char *reply)
{
	return write(client, reply, strlen(reply)) < 0 ? -1 : 0;
}

static void serve(int client)
{
	char request[512];

	printf("client connected\n");
	/* Read whatever the client has to say until it hangs up. */
	while (read(client, request, sizeof(request)) > 0)
		;
	sleep(2); /* the work that the reply takes */
	/* A client that only shut its side down still reads the first. */
	for (int i = 0; i < 3; i++) {
		if (send_reply(client, "hello, client\n") < 0)
			perror("reply");
		sleep(1);
	}
	close(client);
	printf("client served\n");
}

int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int listener, client;

	setlinebuf(stdout);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) < 0 ||
	    listen(listener, 5) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0) {
		perror("demo-server");
		return 1;
	}
	printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));

	client = accept(listener, NULL, NULL);
	if (client < 0) {
		perror("accept");
		return 1;
	}
	serve(client);
	return 0;
}
