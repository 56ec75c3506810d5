// Command kube is every program of a Kubernetes cluster in one binary: it becomes the program whose name it is
// called by, or that its first argument names. One binary costs one link and one copy of the shared libraries.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	name := filepath.Base(os.Args[0])
	if name == "kube" && len(os.Args) > 1 {
		name, os.Args = os.Args[1], os.Args[1:]
	}
	program, ok := programs[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "kube: %q is no program of this binary\n", name)
		os.Exit(2)
	}
	os.Exit(program())
}
