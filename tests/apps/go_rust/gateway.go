// SPDX-License-Identifier: GPL-2.0-or-later

// A Go server that passes every request of its clients on to a peer, as an event. It uses its own
// connection or the Rust library of another team. It logs each request to standard output.
package main

// #include <stdlib.h>
// #include "uplink.h"
import "C"

import (
	"bufio"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"unsafe"
)

// goUplink connects again when the peer has closed. It handles EPIPE like any other error.
type goUplink struct {
	address string
	peer    net.Conn
}

func (u *goUplink) connect() {
	peer, err := net.Dial("tcp", u.address)
	if err != nil {
		log.Fatal(err)
	}
	u.peer = peer
}

func (u *goUplink) send(event string) {
	if _, err := fmt.Fprintln(u.peer, event); err != nil {
		log.Print(err, ", connecting again")
		u.connect()
		fmt.Fprintln(u.peer, event)
	}
}

type rustUplink struct{}

func (rustUplink) send(event string) {
	text := C.CString(event + "\n")
	defer C.free(unsafe.Pointer(text))
	C.uplink_send(text)
}

type uplink interface{ send(event string) }

func newUplink(language, fix string, port int) uplink {
	if language == "rust" {
		text := C.CString(fix)
		defer C.free(unsafe.Pointer(text))
		C.uplink_start(C.uint16_t(port), text)
		return rustUplink{}
	}
	u := &goUplink{address: fmt.Sprintf("127.0.0.1:%d", port)}
	u.connect()
	return u
}

func serve(client net.Conn, events uplink) {
	requests := bufio.NewScanner(client)
	for requests.Scan() {
		fmt.Println("request", requests.Text())
		events.send(requests.Text())
		fmt.Fprintln(client, "ok")
	}
}

func main() {
	language := flag.String("uplink", "go", "whose code writes to the peer: go, rust")
	fix := flag.String("fix", "none", "what SIGPIPE is met with: none, go; in Rust: ignore, nosignal")
	port := flag.Int("peer", 0, "port of the peer")
	flag.Parse()

	if *fix == "go" {
		signal.Ignore(syscall.SIGPIPE)
	}
	events := newUplink(*language, *fix, *port)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintln(os.Stdout, "listening on", listener.Addr())
	client, err := listener.Accept()
	if err != nil {
		log.Fatal(err)
	}
	serve(client, events)
}
