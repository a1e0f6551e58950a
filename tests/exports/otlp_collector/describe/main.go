// SPDX-License-Identifier: GPL-2.0-or-later

// Writes the description of the protocol (opentelemetry-proto, a FileDescriptorSet) to stdout: what a request to
// export logs may hold, and what the answer.
package main

import (
	"log"
	"os"

	logs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

var (
	set  descriptorpb.FileDescriptorSet
	seen = map[string]bool{}
)

// A file comes after those that it imports.
func add(file protoreflect.FileDescriptor) {
	if seen[file.Path()] {
		return
	}
	seen[file.Path()] = true
	for i := 0; i < file.Imports().Len(); i++ {
		add(file.Imports().Get(i).FileDescriptor)
	}
	set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
}

func main() {
	add(logs.File_opentelemetry_proto_collector_logs_v1_logs_service_proto)
	bytes, err := proto.Marshal(&set)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := os.Stdout.Write(bytes); err != nil {
		log.Fatal(err)
	}
}
