// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An HTTP server like Drogon's trantor: one thread accepts connections, and IO threads run event
 * loops and serve one file by sendfile(). As in trantor, the loop reads and logs an error event.
 * Then it handles the other bits of the same event, which leads to the next sendfile().
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

static const int io_threads = 2;

struct Connection {
	int client;
	int file;
	off_t offset = 0;
	off_t size;
	std::string request;

	Connection(int client, const char *path) : client(client), file(open(path, O_RDONLY))
	{
		struct stat stat = {};

		fstat(file, &stat);
		size = stat.st_size;
	}
	~Connection()
	{
		::close(file);
		::close(client);
	}
};

class IoLoop
{
      public:
	explicit IoLoop(int number) : number_(number)
	{
	}
	void add(Connection *connection);
	void run();

      private:
	void watch(Connection *connection, int operation, uint32_t events);
	void handle_event(Connection *connection, uint32_t events);
	void handle_error(Connection *connection);
	void handle_read(Connection *connection);
	void start_reply(Connection *connection);
	void send_file(Connection *connection);
	void finish(Connection *connection, const char *how);

	int number_;
	int epoll_ = epoll_create1(EPOLL_CLOEXEC);
};

void IoLoop::watch(Connection *connection, int operation, uint32_t events)
{
	epoll_event event = {};

	event.events = events;
	event.data.ptr = connection;
	epoll_ctl(epoll_, operation, connection->client, &event);
}

void IoLoop::add(Connection *connection)
{
	watch(connection, EPOLL_CTL_ADD, EPOLLIN);
}

void IoLoop::run()
{
	std::string name = "IoLoop-" + std::to_string(number_);
	epoll_event events[64];

	pthread_setname_np(pthread_self(), name.c_str());
	for (;;) {
		int count = epoll_wait(epoll_, events, 64, -1);

		for (int i = 0; i < count; i++)
			handle_event(static_cast<Connection *>(events[i].data.ptr),
				     events[i].events);
	}
}

void IoLoop::handle_event(Connection *connection, uint32_t events)
{
	if (events & EPOLLERR) {
		handle_error(connection);
#ifdef CLOSE_ON_ERROR
		finish(connection, "closed");
		return;
#endif
	}
	if (events & EPOLLIN)
		handle_read(connection);
	else if (events & EPOLLOUT)
		send_file(connection);
}

/* Consumes the error: the next call on this socket gets EPIPE and not ECONNRESET. */
void IoLoop::handle_error(Connection *connection)
{
	int error = 0;
	socklen_t length = sizeof(error);

	getsockopt(connection->client, SOL_SOCKET, SO_ERROR, &error, &length);
	if (error)
		fprintf(stderr, "trace: SO_ERROR: %s\n", strerror(error));
}

void IoLoop::handle_read(Connection *connection)
{
	char buffer[4096];
	ssize_t got = read(connection->client, buffer, sizeof(buffer));

	if (got <= 0) {
		finish(connection, "left before a request");
		return;
	}
	connection->request.append(buffer, got);
	if (connection->request.find("\r\n\r\n") != std::string::npos)
		start_reply(connection);
}

void IoLoop::start_reply(Connection *connection)
{
	std::string header = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " +
			     std::to_string(connection->size) + "\r\n\r\n";

	send(connection->client, header.data(), header.size(), MSG_NOSIGNAL | MSG_MORE);
	/* The next request waits until this reply has been sent. */
	watch(connection, EPOLL_CTL_MOD, EPOLLOUT);
}

void IoLoop::send_file(Connection *connection)
{
	while (connection->offset < connection->size) {
		ssize_t sent = sendfile(connection->client, connection->file, &connection->offset,
					connection->size - connection->offset);

		if (sent > 0)
			continue;
		if (sent < 0 && errno == EPIPE) {
			finish(connection, "Broken pipe");
			return;
		}
		/* EAGAIN. The next event reports any other error. */
		return;
	}
	finish(connection, "served");
}

void IoLoop::finish(Connection *connection, const char *how)
{
	printf("fd %d: %s after %lld bytes\n", connection->client, how,
	       (long long)connection->offset);
	delete connection;
}

static int listen_on_loopback()
{
	sockaddr_in address = {};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener < 0 || bind(listener, (sockaddr *)&address, length) < 0 ||
	    listen(listener, SOMAXCONN) < 0 ||
	    getsockname(listener, (sockaddr *)&address, &length) < 0) {
		perror("listen");
		return -1;
	}
	printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
	return listener;
}

int main(int argc, char **argv)
{
	std::vector<std::unique_ptr<IoLoop>> loops;
	int listener, client;

	if (argc != 2) {
		fprintf(stderr, "usage: %s FILE\n", argv[0]);
		return 2;
	}
	setvbuf(stdout, nullptr, _IOLBF, 0);
#ifdef IGNORE_SIGPIPE
	signal(SIGPIPE, SIG_IGN);
#endif
	listener = listen_on_loopback();
	if (listener < 0)
		return 1;
	for (int i = 0; i < io_threads; i++) {
		loops.emplace_back(new IoLoop(i));
		std::thread(&IoLoop::run, loops.back().get()).detach();
	}
	for (int i = 0; (client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0; i++)
		loops[i % io_threads]->add(new Connection(client, argv[1]));
	perror("accept");
	return 1;
}
