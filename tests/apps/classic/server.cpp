// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A server as in many tutorials: it accepts, works for a while, writes, works for a while, writes.
 * It does nothing about SIGPIPE. The demo and its story need the pauses of some seconds.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>

static void send_reply(int client, const std::string &reply)
{
	if (write(client, reply.data(), reply.size()) < 0)
		perror("write");
	else
		std::cout << "wrote " << reply.size() << " bytes" << std::endl;
}

static void serve(int client)
{
	std::cout << "client connected" << std::endl;
	for (int i = 0; i < 3; i++) {
		sleep(2); /* stands for the work that a reply needs */
		send_reply(client, "hello, client\n");
	}
	close(client);
	std::cout << "client served" << std::endl;
}

int main()
{
	sockaddr_in address = {};
	socklen_t length = sizeof(address);
	int listener, client;

#ifdef IGNORE_SIGPIPE
	signal(SIGPIPE, SIG_IGN);
#endif
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (sockaddr *)&address, length) < 0 ||
	    listen(listener, 5) < 0 || getsockname(listener, (sockaddr *)&address, &length) < 0) {
		perror("listen");
		return 1;
	}
	std::cout << "listening on 127.0.0.1:" << ntohs(address.sin_port) << std::endl;

	client = accept(listener, nullptr, nullptr);
	if (client < 0) {
		perror("accept");
		return 1;
	}
	serve(client);
}
