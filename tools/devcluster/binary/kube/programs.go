package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	_ "github.com/containerd/containerd/v2/cmd/containerd/builtins"
	"github.com/containerd/containerd/v2/cmd/containerd/command"
	ctr "github.com/containerd/containerd/v2/cmd/ctr/app"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/urfave/cli/v2"
	"go.etcd.io/etcd/server/v3/etcdmain"
	componentcli "k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
	"sigs.k8s.io/kwok/pkg/config"
	kwok "sigs.k8s.io/kwok/pkg/kwok/cmd"
	"sigs.k8s.io/kwok/pkg/log"
	"sigs.k8s.io/kwok/pkg/utils/signals"
)

// programs maps the name of a program to its main function, which returns the exit status.
var programs = map[string]func() int{
	"containerd":              func() int { return urfave(command.App()) },
	"coredns":                 coredns,
	"ctr":                     func() int { return urfave(ctr.New()) },
	"etcd":                    etcd,
	"kube-apiserver":          func() int { return kubernetes(apiserver.NewAPIServerCommand()) },
	"kube-controller-manager": func() int { return kubernetes(controllers.NewControllerManagerCommand()) },
	"kube-proxy":              func() int { return kubernetes(proxy.NewProxyCommand()) },
	"kube-scheduler":          func() int { return kubernetes(scheduler.NewSchedulerCommand()) },
	"kubectl":                 kubectlAlone,
	"kubelet":                 func() int { return kubernetes(kubelet.NewKubeletCommand(context.Background())) },
	"kwok":                    fakeNodes,
	"kwok-stages":             stages,
	"pki":                     pki,
}

func kubernetes(command *cobra.Command) int {
	return componentcli.Run(command)
}

// kubectlAlone is kubectl without the flags that libraries of the other programs have put on the shared set: it shows
// every flag of it as its own, and CoreDNS's -p is one of kubectl's too.
func kubectlAlone() int {
	flag.CommandLine = flag.NewFlagSet("kubectl", flag.ExitOnError)
	return kubernetes(kubectl.NewDefaultKubectlCommand())
}

func coredns() int {
	coremain.Run()
	return 0
}

func etcd() int {
	etcdmain.Main(os.Args)
	return 0
}

func urfave(app *cli.App) int {
	if err := app.Run(os.Args); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %s\n", app.Name, err)
		return 1
	}
	return 0
}

// fakeNodes is kwok's own main function, which its module does not export. Kubernetes' libraries have put a flag
// "version" of a type of their own on the set that every command inherits; kwok expects to have that name to itself.
func fakeNodes() int {
	pflag.CommandLine = pflag.NewFlagSet("kwok", pflag.ContinueOnError)
	flags := pflag.NewFlagSet("global", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.Usage = func() {}
	ctx, logger := log.InitFlags(signals.SetupSignalContext(), flags)
	ctx, err := config.InitFlags(ctx, flags)
	if err == nil {
		command := kwok.NewCommand(ctx)
		command.PersistentFlags().AddFlagSet(flags)
		err = command.ExecuteContext(ctx)
	}
	if err != nil {
		logger.Error("kwok ends", "err", err)
		return 1
	}
	return 0
}
