// SPDX-License-Identifier: GPL-2.0-or-later
/* Starts the players and waits for what they tell. */
#include "crew.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MESSAGE_MS 120000

static void become_player(const char *path, int channel, int number)
{
	char text[16];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (channel == CREW_CHANNEL_FD)
		fcntl(channel, F_SETFD, 0);
	else
		dup2(channel, CREW_CHANNEL_FD);
	snprintf(text, sizeof(text), "%d", number);
	execl(path, path, "play", text, (char *)NULL);
	_exit(127);
}

bool crew_start(struct crew *crew, const char *path, int count)
{
	int ends[2];

	memset(crew, 0, sizeof(*crew));
	for (crew->count = 0; crew->count < count; crew->count++) {
		struct player *player = &crew->players[crew->count];

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
			return false;
		player->pid = fork();
		if (player->pid == 0)
			become_player(path, ends[1], crew->count);
		close(ends[1]);
		player->channel = ends[0];
		if (player->pid < 0)
			return false;
	}
	return true;
}

void crew_stop(struct crew *crew)
{
	for (int i = 0; i < crew->count; i++)
		close(crew->players[i].channel);
	for (int i = 0; i < crew->count; i++)
		waitpid(crew->players[i].pid, NULL, 0);
	crew->count = 0;
}

struct player *crew_idle(struct crew *crew)
{
	for (int i = 0; i < crew->count; i++)
		if (crew->players[i].state == PLAYER_IDLE)
			return &crew->players[i];
	return NULL;
}

int crew_count(const struct crew *crew, enum player_state state)
{
	int count = 0;

	for (int i = 0; i < crew->count; i++)
		count += crew->players[i].state == state;
	return count;
}

bool player_begin(struct player *player, int world, uint64_t seed)
{
	player->state = PLAYER_PLAYS;
	player->world = world;
	return send(player->channel, &seed, sizeof(seed), MSG_NOSIGNAL) == sizeof(seed);
}

void player_go_on(struct player *player)
{
	player->state = PLAYER_PLAYS;
	if (send(player->channel, "", 1, MSG_NOSIGNAL) < 0)
		player->state = PLAYER_IDLE;
}

struct player *crew_wait(struct crew *crew, char *text, size_t size)
{
	struct pollfd waits[CREW_MAX];
	ssize_t length;

	for (int i = 0; i < crew->count; i++)
		waits[i] = (struct pollfd){ crew->players[i].channel, POLLIN, 0 };
	if (poll(waits, crew->count, MESSAGE_MS) <= 0)
		return NULL;
	for (int i = 0; i < crew->count; i++) {
		if (!waits[i].revents)
			continue;
		length = recv(waits[i].fd, text, size - 1, 0);
		if (length <= 0)
			return NULL;
		text[length] = '\0';
		if (strcmp(text, CREW_PARKED) == 0) {
			crew->players[i].state = PLAYER_PARKED;
			text[0] = '\0';
		} else {
			crew->players[i].state = PLAYER_IDLE;
		}
		return &crew->players[i];
	}
	return NULL;
}
