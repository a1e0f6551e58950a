/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes that play worlds for the runner, each one world at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Messages go over a descriptor of fixed number. */
#define CREW_CHANNEL_FD 3
/* The message of a world whose end must be closed before sigpath starts. */
#define CREW_PARKED "parked"
#define CREW_MAX 64

enum player_state {
	PLAYER_IDLE,
	PLAYER_PLAYS,
	PLAYER_PARKED, /* the end is closed, and sigpath may start */
};

struct player {
	pid_t pid;
	int channel;
	enum player_state state;
	int world; /* of the batch */
};

struct crew {
	struct player players[CREW_MAX];
	int count;
};

/* COUNT players by the program PATH, in the present directory. */
bool crew_start(struct crew *crew, const char *path, int count);
void crew_stop(struct crew *crew);
/* The next idle one; NULL if all are busy. */
struct player *crew_idle(struct crew *crew);
bool player_begin(struct player *player, int world, uint64_t seed);
void player_go_on(struct player *player);
/*
 * Waits for a message. Returns the player, with a world that has ended (then TEXT is what it told)
 * or is parked (then TEXT is empty); NULL if none came in time.
 */
struct player *crew_wait(struct crew *crew, char *text, size_t size);
int crew_count(const struct crew *crew, enum player_state state);
