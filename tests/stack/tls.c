// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * OpenSSL with a broken standard output: SSL_write() goes through libssl and libcrypto to write().
 * The peer is in the same process and passes its bytes in memory.
 */
#include <openssl/ssl.h>
#include <stdio.h>
#include <unistd.h>

#include "marker.h"

int send_reply(SSL *connection);

int send_reply(SSL *connection)
{
	return SSL_write(connection, STACK_MARKER, sizeof(STACK_MARKER));
}

static SSL *make_side(const SSL_METHOD *method)
{
	SSL_CTX *context = SSL_CTX_new(method);

	SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(context, "aNULL:@SECLEVEL=0");
	SSL_CTX_set_num_tickets(context, 0);
	SSL_CTX_set_dh_auto(context, 1);
	return SSL_new(context);
}

static SSL *make_connection(void)
{
	SSL *server = make_side(TLS_server_method()), *client = make_side(TLS_client_method());
	BIO *left, *right;

	BIO_new_bio_pair(&left, 0, &right, 0);
	SSL_set_bio(server, left, left);
	SSL_set_bio(client, right, right);
	SSL_set_accept_state(server);
	SSL_set_connect_state(client);
	for (int i = 0; i < 20 && !(SSL_is_init_finished(server) && SSL_is_init_finished(client));
	     i++) {
		SSL_do_handshake(client);
		SSL_do_handshake(server);
	}
	return SSL_is_init_finished(server) ? server : NULL;
}

int main(int argc, char **argv)
{
	SSL *connection = make_connection();

	if (!connection) {
		fputs("no handshake\n", stderr);
		return 1;
	}
	SSL_set0_wbio(connection, argc > 1 ? BIO_new_socket(STDOUT_FILENO, BIO_NOCLOSE)
					   : BIO_new_fd(STDOUT_FILENO, BIO_NOCLOSE));
	return send_reply(connection) > 0;
}
