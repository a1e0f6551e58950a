#!/usr/bin/escript
%% SPDX-License-Identifier: GPL-2.0-or-later
%% A server of one Erlang process for each client.
%% usage: server.escript PORT SOURCE_PORT LOG_PORT LOG_PATH
%% GET copies what the source sends. POST passes the client's data on, to a log that may be gone.

main([Port, Source, Log, Path]) ->
	Options = [binary, {active, false}, {reuseaddr, true}, {ip, {127, 0, 0, 1}}],
	{ok, Listener} = gen_tcp:listen(list_to_integer(Port), Options),
	accept(Listener, {list_to_integer(Source), list_to_integer(Log), Path}).

accept(Listener, Where) ->
	{ok, Client} = gen_tcp:accept(Listener),
	Server = spawn(fun() -> receive go -> serve(Client, Where) end end),
	ok = gen_tcp:controlling_process(Client, Server),
	Server ! go,
	accept(Listener, Where).

serve(Client, Where) ->
	Request = request(Client, <<>>),
	Options = [binary, {active, false}],
	{ok, Other} = open(Request, Where, Options),
	ok = gen_tcp:send(Other, Request),
	case Request of
		<<"GET", _/binary>> -> copy(Other, Client);
		_ -> copy(Client, Other)
	end,
	gen_tcp:close(Other),
	gen_tcp:close(Client).

open(<<"GET", _/binary>>, {Source, _, _}, Options) ->
	gen_tcp:connect({127, 0, 0, 1}, Source, Options);
open(<<"POST /tcp", _/binary>>, {_, Log, _}, Options) ->
	gen_tcp:connect({127, 0, 0, 1}, Log, Options);
open(_, {_, _, Path}, Options) ->
	gen_tcp:connect({local, Path}, 0, [local | Options]).

request(Client, Text) ->
	case binary:match(Text, <<"\r\n\r\n">>) of
		nomatch ->
			{ok, More} = gen_tcp:recv(Client, 0),
			request(Client, <<Text/binary, More/binary>>);
		_ -> Text
	end.

%% Nobody looks at what send() returns.
copy(From, To) ->
	case gen_tcp:recv(From, 0) of
		{ok, Data} ->
			gen_tcp:send(To, Data),
			copy(From, To);
		{error, _} -> ok
	end.
