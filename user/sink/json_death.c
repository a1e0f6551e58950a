// SPDX-License-Identifier: GPL-2.0-or-later
/* How the end of a process was seen (-s fatal), and what had asked for it, as JSON. */
#include "death_words.h"
#include "json_blocks.h"
#include "words.h"

void json_add_stop(struct json_writer *json, const struct incident_stop *stop)
{
	char name[WORD_SIZE];

	if (!stop->have) {
		json_put_null(json, "stop");
		return;
	}
	json_begin_object(json, "stop");
	json_put_text(json, "signal", word_signal(stop->number, name));
	json_put_us(json, "ago_us", stop->ago_ns);
	json_put_text(json, "outcome", word_outcome(stop->outcome));
	json_put_uint(json, "pid", stop->pid);
	json_put_here(json, "pid_here", stop->pid, stop->pid_here);
	json_put_text(json, "comm", stop->comm);
	json_put_uint(json, "uid", stop->uid);
	json_end_object(json);
}

void json_add_death(struct json_writer *json, const struct incident_death *death)
{
	if (!death->have) {
		json_put_null(json, "death");
		return;
	}
	json_begin_object(json, "death");
	json_put_text(json, "stage", word_death_stage(death->stage));
	if (death->have_after)
		json_put_us(json, "after_us", death->after_ns);
	else
		json_put_null(json, "after_us");
	json_put_text(json, "generation", word_death_generation(death->ungenerated));
	json_put_bool(json, "thread_alone", death->thread_alone);
	if (death->have_status)
		json_put_int(json, "status", death->status);
	else
		json_put_null(json, "status");
	json_end_object(json);
}
