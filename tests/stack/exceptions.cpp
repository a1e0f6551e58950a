// SPDX-License-Identifier: GPL-2.0-or-later
// Writes through templates: in a destructor that runs during an exception or, with an argument, in the
// handler that caught it.
#include <unistd.h>

#include <stdexcept>

#include "marker.h"

namespace server
{

static volatile int written;

template <typename T> struct Connection {
	T fd;
	bool is_open;

	__attribute__((noinline)) void reply()
	{
		written = static_cast<int>(::write(static_cast<int>(fd), STACK_MARKER,
						   sizeof(STACK_MARKER)));
	}

	__attribute__((noinline)) ~Connection()
	{
		if (is_open)
			written = static_cast<int>(::write(static_cast<int>(fd), STACK_MARKER,
							   sizeof(STACK_MARKER)));
	}
};

template <typename T> __attribute__((noinline)) void handle(T fd)
{
	Connection<T> connection{ fd, fd == 1 };

	throw std::runtime_error("closed");
}

template <typename T> __attribute__((noinline)) void answer(T fd)
{
	Connection<T> connection{ fd, false };

	try {
		handle<T>(0);
	} catch (const std::exception &) {
		connection.reply();
	}
}

/* A linker can merge functions with identical code. The address then has another name. */
template void handle<int>(int fd);
void alike(int) __attribute__((alias("_ZN6server6handleIiEEvT_")));

} // namespace server

int main(int argc, char **)
{
	try {
		if (argc > 1)
			server::answer<long>(1);
		else
			server::handle<int>(1);
	} catch (const std::exception &) {
		return 0;
	}
	return 1;
}
