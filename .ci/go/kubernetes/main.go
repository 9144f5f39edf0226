// Command kubernetes is the control plane that tests of the chart talk to: etcd, kube-apiserver and
// kube-controller-manager as they were published, one program instead of three because they share
// most of their code. The first argument says which of them to be; the rest are its own flags.
package main

import (
	"fmt"
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	manager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	which := ""
	if len(os.Args) > 1 {
		which = os.Args[1]
		os.Args = os.Args[1:]
	}
	switch which {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-controller-manager":
		os.Exit(cli.Run(manager.NewControllerManagerCommand()))
	default:
		fmt.Fprintln(os.Stderr, "usage: kubernetes etcd|kube-apiserver|kube-controller-manager [flag]...")
		os.Exit(2)
	}
}
