// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies of an incident that make shorter lines of JSON. An incident must never be too long to be
 * sent, because a process chooses how long its names are.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "stack_frames.h"
#include "syslog_message.h"

/* Bytes of a name or a sentence at the last level; a byte becomes five at most. */
#define NAME_BYTES 10
#define SENTENCE_BYTES 20
/* Of what matters least. */
#define LEAST_BYTES 4

/* Frames at the first level: the innermost ones, which say where it happened. */
#define FRAMES 12

struct shortened {
	struct incident incident;
	struct explanation explanation;
	struct stack stack; /* without its text: the frames have that of the whole one */
};

int shortened_new(struct shortened **ret_shortened)
{
	*ret_shortened = malloc(sizeof(**ret_shortened));
	return *ret_shortened ? 0 : -ENOMEM;
}

static void leave_out(struct incident *incident, enum missing_field field)
{
	incident_set_missing(incident, field, WHY_MESSAGE_TOO_LONG);
}

/* No frames of the kernel, and those of the program that matter most. */
static void shorten_stack(struct shortened *shortened)
{
	struct incident *incident = &shortened->incident;
	struct stack *stack = &shortened->stack;

	incident->kernel_stack.count = 0;
	if (!incident->stack || incident->stack->count <= FRAMES)
		return;
	memcpy(stack, incident->stack, offsetof(struct stack, text_used));
	stack->count = FRAMES;
	stack->complete = false;
	stack->reason_code = missing_code(WHY_MESSAGE_TOO_LONG);
	stack->reason = missing_text(WHY_MESSAGE_TOO_LONG);
	incident->stack = stack;
}

static void drop_stack(struct incident *incident)
{
	if (!incident->stack && !incident->kernel_stack.count)
		return;
	incident->stack = NULL;
	incident->kernel_stack.count = 0;
	leave_out(incident, MISSING_STACK);
}

static void drop_path(struct incident *incident, struct incident_path *path,
		      enum missing_field field)
{
	if (path->have)
		leave_out(incident, field);
	path->have = false;
}

static void drop_cmdline(struct incident *incident, struct incident_cmdline *cmdline,
			 enum missing_field field)
{
	if (cmdline->have)
		leave_out(incident, field);
	cmdline->have = false;
	cmdline->count = 0;
}

static void drop_list(struct incident *incident, size_t *count, enum missing_field field)
{
	if (*count)
		leave_out(incident, field);
	*count = 0;
}

static void drop_registers(struct incident *incident)
{
	if (incident->fault.have && incident->registers.have)
		leave_out(incident, MISSING_FAULT_REGISTERS);
	incident->registers.have = false;
}

static void drop_message(struct incident *incident)
{
	if (incident->abort.have)
		leave_out(incident, MISSING_ABORT_MESSAGE);
	incident->abort.have = false;
}

static void drop_sender(struct incident *incident)
{
	struct incident_sender *sender = &incident->signal.sender;

	drop_cmdline(incident, &sender->cmdline, MISSING_SENDER_CMDLINE);
	drop_path(incident, &sender->exe, MISSING_SENDER_EXE);
	drop_list(incident, &sender->ancestor_count, MISSING_SENDER_ANCESTORS);
}

static void drop_core_path(struct incident *incident)
{
	if (incident->core.path[0])
		leave_out(incident, MISSING_CORE_PATH);
	incident->core.path[0] = '\0';
}

static void drop_details(struct incident *incident, struct explanation *explanation)
{
	struct incident_process *process = &incident->process;
	struct incident_peer_process *peer = &incident->peer;

	drop_cmdline(incident, &process->cmdline, MISSING_CMDLINE);
	drop_path(incident, &process->exe, MISSING_EXE);
	drop_path(incident, &process->cgroup, MISSING_CGROUP_PATH);
	if (incident->object.have_path)
		leave_out(incident, MISSING_OBJECT_PATH);
	incident->object.have_path = false;
	drop_path(incident, &incident->fault.path, MISSING_FAULT_PATH);
	drop_message(incident);
	drop_sender(incident);
	drop_cmdline(incident, &peer->cmdline, MISSING_PEER_CMDLINE);
	drop_path(incident, &peer->exe, MISSING_PEER_EXE);
	peer->cgroup.have = false;
	if (incident->handler_frame)
		leave_out(incident, MISSING_SIGNAL_HANDLER_SYMBOL);
	incident->handler_frame = NULL;
	drop_core_path(incident);
	drop_list(incident, &incident->link_count, MISSING_LINKS);
	drop_list(incident, &explanation->timeline_count, MISSING_TIMELINE);
	drop_list(incident, &explanation->note_count, MISSING_NOTES);
	drop_list(incident, &explanation->advice_count, MISSING_ADVICE);
}

/* Cuts TEXT to LENGTH bytes, "..." included. */
static void cut(char *text, size_t length)
{
	if (strlen(text) > length)
		strcpy(text + length - 3, "...");
}

/* A part of such a name would be that of another container. */
static void drop_names(struct incident *incident)
{
	struct incident_names *names = &incident->process.names;

	if (names->container_name[0] || incident_why_missing(incident, MISSING_CONTAINER_NAME))
		leave_out(incident, MISSING_CONTAINER_NAME);
	if (names->pod_name[0] || incident_why_missing(incident, MISSING_POD_NAME))
		leave_out(incident, MISSING_POD_NAME);
	names->container_name[0] = names->pod_name[0] = names->pod_namespace[0] = '\0';
}

/* The container and the pod of the peer, and with them their names. */
static void drop_peer_container(struct incident *incident)
{
	struct incident_names *names = &incident->peer.names;
	char unit[sizeof(names->unit)];

	if (names->container[0])
		leave_out(incident, MISSING_PEER_CONTAINER);
	if (names->pod[0])
		leave_out(incident, MISSING_PEER_POD);
	incident_set_missing(incident, MISSING_PEER_CONTAINER_NAME, WHY_NONE);
	incident_set_missing(incident, MISSING_PEER_POD_NAME, WHY_NONE);
	memcpy(unit, names->unit, sizeof(unit));
	*names = (struct incident_names){ 0 };
	memcpy(names->unit, unit, sizeof(unit));
}

static void cut_names(struct incident_names *names)
{
	cut(names->unit, NAME_BYTES);
	cut(names->container, LEAST_BYTES);
	cut(names->pod, LEAST_BYTES);
}

static void cut_texts(struct incident *incident, struct explanation *explanation)
{
	drop_names(incident);
	drop_peer_container(incident);
	cut_names(&incident->process.names);
	cut_names(&incident->peer.names);
	cut_names(&incident->signal.sender.names);
	cut(incident->process.thread, LEAST_BYTES);
	cut(incident->process.parent_comm, LEAST_BYTES);
	cut(incident->core.pattern, LEAST_BYTES);
	cut(explanation->text, SENTENCE_BYTES);
	/* The code in front of it says the same. */
	explanation->disposition[0] = '\0';
}

void shortened_make(struct shortened *shortened, unsigned int level,
		    const struct incident *incident, const struct explanation *explanation,
		    const struct incident **ret_incident,
		    const struct explanation **ret_explanation)
{
	shortened->incident = *incident;
	shortened->explanation = *explanation;
	*ret_incident = &shortened->incident;
	*ret_explanation = &shortened->explanation;
	if (level == 1)
		shorten_stack(shortened);
	else
		drop_stack(&shortened->incident);
	if (level >= 2)
		drop_registers(&shortened->incident);
	if (level >= 3)
		drop_details(&shortened->incident, &shortened->explanation);
	if (level >= 4)
		cut_texts(&shortened->incident, &shortened->explanation);
}
