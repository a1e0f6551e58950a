/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to rotation.c and compressor.c. */
#pragma once

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "rotation.h"

struct rotation {
	struct output_rotation rules;
	char *path; /* for messages; its own, because the thread may outlive the output */
	int directory;
	bool owns_directory;
	char name[NAME_MAX + 1];
	/* for the thread that writes */
	int64_t period;	   /* number of the period that the content of the file is of */
	uint64_t retry_ns; /* CLOCK_MONOTONIC; 0: the last rotation did not fail */
	/* for both threads */
	pthread_mutex_t lock; /* held while names change */
	pthread_cond_t change;
	unsigned int compressing; /* number that the file under way has now; 0: none */
	bool wanted;		  /* there may be a file to compress */
	/* the thread that compresses */
	pthread_t thread;
	bool has_thread, is_ready, has_ended, left_behind;
	atomic_bool stop;
	bool failure_was_said;
};

#define ROTATION_PACKED ".gz"
#define ROTATION_NAME_SIZE (NAME_MAX + 32)

/* FILE.NUMBER and SUFFIX. */
void rotation_name(const struct rotation *rotation, unsigned int number, const char *suffix,
		   char ret_name[ROTATION_NAME_SIZE]);
/* Frees it, when no thread uses it. */
void rotation_release(struct rotation *rotation);

/* compressor.c */
/* Returns when the thread has its priority, which it may not be allowed to change later. */
int compressor_start(struct rotation *rotation);
/* False: the thread is left behind, and frees everything. */
bool compressor_stop(struct rotation *rotation);
