// SPDX-License-Identifier: GPL-2.0-or-later
#include "files.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "message.h"
#include "opener.h"

#define REQUEST_BYTES offsetof(struct opener_request, text)

/* The opener is not hostile: what it sends needs no check but that it is there. */
static int ask(struct files *files, const struct opener_request *request,
	       struct found_file *ret_file)
{
	struct opener_reply reply;
	ssize_t got;
	int fd, error;

	error = message_send(files->socket, request, REQUEST_BYTES + request->length, NULL, 0);
	if (error)
		return error;
	got = message_receive(files->socket, &reply, sizeof(reply), &fd, 1, 0);
	/* The opener has ended, and the tracer will end this process. */
	if (got != sizeof(reply) || (!reply.error && fd < 0))
		return -EPIPE;
	if (reply.error == -EXDEV)
		files->abandoned = true;
	if (reply.error)
		return reply.error;
	*ret_file = (struct found_file){ .fd = fd, .stat = reply.stat };
	return 0;
}

static int ask_about(struct files *files, enum opener_what what, const void *text, size_t length,
		     struct found_file *ret_file)
{
	struct opener_request request;

	request.what = what;
	request.module = request.place = 0;
	request.length = (uint32_t)length;
	if (length > sizeof(request.text))
		return -ENAMETOOLONG;
	if (length)
		memcpy(request.text, text, length);
	return ask(files, &request, ret_file);
}

static void copy_maps(const struct maps *from, struct maps *ret_maps)
{
	memcpy(ret_maps, from,
	       offsetof(struct maps, modules) + from->count * sizeof(from->modules[0]));
}

int files_maps(struct files *files, struct maps *ret_maps)
{
	const struct maps *maps;
	struct found_file file;
	int error;

	if (files->finder) {
		error = finder_maps(files->finder, &maps);
		if (!error)
			copy_maps(maps, ret_maps);
		return error;
	}
	error = ask_about(files, OPENER_MAPS, NULL, 0, &file);
	if (error)
		return error;
	maps = mmap(NULL, (size_t)file.stat.st_size, PROT_READ, MAP_PRIVATE, file.fd, 0);
	close(file.fd);
	if (maps == MAP_FAILED)
		return -ENOMEM;
	copy_maps(maps, ret_maps);
	munmap((void *)maps, (size_t)file.stat.st_size);
	return 0;
}

int files_module(struct files *files, uint32_t module, struct found_file *ret_file)
{
	struct opener_request request;

	if (files->finder)
		return finder_module(files->finder, module, ret_file);
	request.what = OPENER_MODULE;
	request.module = module;
	request.place = request.length = 0;
	return ask(files, &request, ret_file);
}

int files_debug_by_id(struct files *files, const unsigned char *id, size_t length,
		      struct found_file *ret_file)
{
	if (files->finder)
		return finder_debug_by_id(files->finder, id, length, ret_file);
	return ask_about(files, OPENER_DEBUG_BY_ID, id, length, ret_file);
}

int files_debug_by_link(struct files *files, uint32_t module, unsigned int place, const char *name,
			struct found_file *ret_file)
{
	struct opener_request request;

	if (files->finder)
		return finder_debug_by_link(files->finder, module, place, name, ret_file);
	request.what = OPENER_DEBUG_BY_LINK;
	request.module = module;
	request.place = place;
	request.length = (uint32_t)strlen(name);
	if (request.length >= sizeof(request.text))
		return -ENAMETOOLONG;
	memcpy(request.text, name, request.length);
	return ask(files, &request, ret_file);
}

int files_debug_by_path(struct files *files, const char *path, struct found_file *ret_file)
{
	if (files->finder)
		return finder_debug_by_path(files->finder, path, ret_file);
	return ask_about(files, OPENER_DEBUG_BY_PATH, path, strlen(path), ret_file);
}

int files_debug_from_servers(struct files *files, const unsigned char *id, size_t length,
			     struct found_file *ret_file)
{
	if (files->finder)
		return finder_debug_from_servers(files->finder, id, length, ret_file);
	return ask_about(files, OPENER_DEBUG_FROM_SERVERS, id, length, ret_file);
}

int files_perf_map(struct files *files, struct found_file *ret_file)
{
	if (files->finder)
		return finder_perf_map(files->finder, ret_file);
	return ask_about(files, OPENER_PERF_MAP, NULL, 0, ret_file);
}
