// SPDX-License-Identifier: GPL-2.0-or-later
// A write from a destructor that runs while an exception passes, through templates.
#include <unistd.h>

#include <stdexcept>

#include "marker.h"

namespace server
{

static volatile int written;

template <typename T> struct Connection {
	T fd;

	__attribute__((noinline)) ~Connection()
	{
		written = static_cast<int>(::write(fd, STACK_MARKER, sizeof(STACK_MARKER)));
	}
};

template <typename T> __attribute__((noinline)) void handle(T fd)
{
	Connection<T> connection{ fd };

	throw std::runtime_error("closed");
}

} // namespace server

int main()
{
	try {
		server::handle<int>(1);
	} catch (const std::exception &) {
		return 0;
	}
	return 1;
}
