package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// A development cluster lives for days; a year never expires under anybody's hands.
const validFor = 365 * 24 * time.Hour

// client is a user of the API server that gets a kubeconfig.
type client struct{ file, user, group string }

// pki writes the keys, certificates and kubeconfigs of one cluster into a folder.
func pki() int {
	flags := flag.NewFlagSet("pki", flag.ExitOnError)
	folder := flags.String("folder", "", "folder to write into")
	cluster := flags.String("cluster", "", "name of the cluster: context in the kubeconfigs")
	node := flags.String("node", "", "name of the node")
	address := flags.String("address", "", "IP address of the node and of the API server")
	service := flags.String("service-address", "", "IP address of the Service kubernetes.default")
	_ = flags.Parse(os.Args[1:])
	if err := writePKI(*folder, *cluster, *node, *address, *service); err != nil {
		fmt.Fprintln(os.Stderr, "pki:", err)
		return 1
	}
	return 0
}

func writePKI(folder, cluster, node, address, service string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	ca, err := newAuthority(folder, "ca")
	if err != nil {
		return err
	}
	frontProxy, err := newAuthority(folder, "front-proxy-ca")
	if err != nil {
		return err
	}
	if err := writeServiceAccountKeys(folder); err != nil {
		return err
	}
	apiServer := []string{"kubernetes", "kubernetes.default", "kubernetes.default.svc",
		"kubernetes.default.svc.cluster.local", "localhost", "127.0.0.1", address, service}
	for _, issue := range []func() (*pair, error){
		func() (*pair, error) { return ca.server("apiserver", apiServer...) },
		func() (*pair, error) { return ca.server("kubelet", node, "localhost", "127.0.0.1", address) },
		func() (*pair, error) { return ca.client("apiserver-kubelet-client", "apiserver", "system:masters") },
		func() (*pair, error) { return frontProxy.client("front-proxy-client", "front-proxy-client", "") },
	} {
		if _, err := issue(); err != nil {
			return err
		}
	}
	url := "https://" + net.JoinHostPort(address, "6443")
	return ca.writeKubeconfigs(cluster, url, []client{
		{"admin", "kubernetes-admin", "system:masters"},
		{"controller-manager", "system:kube-controller-manager", ""},
		{"scheduler", "system:kube-scheduler", ""},
		{"kube-proxy", "system:kube-proxy", ""},
		{"coredns", "system:coredns", ""},
		{"kwok", "kwok", "system:masters"},
		{"node", "system:node:" + node, "system:nodes"},
	})
}

// pair is a private key and its certificate; when it is an authority it issues others into the same folder.
type pair struct {
	folder           string
	key              *ecdsa.PrivateKey
	certificate      *x509.Certificate
	keyPEM, chainPEM []byte
}

func newAuthority(folder, name string) (*pair, error) {
	return issue(folder, name, nil, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature | x509.KeyUsageCRLSign,
	})
}

// server issues a serving certificate for names, of which some may be IP addresses.
func (ca *pair) server(file string, names ...string) (*pair, error) {
	template := &x509.Certificate{
		Subject:  pkix.Name{CommonName: names[0]},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	return issue(ca.folder, file, ca, template)
}

func (ca *pair) client(file, user, group string) (*pair, error) {
	subject := pkix.Name{CommonName: user}
	if group != "" {
		subject.Organization = []string{group}
	}
	return issue(ca.folder, file, ca, &x509.Certificate{
		Subject:  subject,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

func (ca *pair) writeKubeconfigs(cluster, url string, clients []client) error {
	for _, c := range clients {
		user, err := ca.client(c.file, c.user, c.group)
		if err != nil {
			return err
		}
		config := api.NewConfig()
		config.Clusters[cluster] = &api.Cluster{Server: url, CertificateAuthorityData: ca.chainPEM}
		config.AuthInfos[c.user] = &api.AuthInfo{ClientCertificateData: user.chainPEM, ClientKeyData: user.keyPEM}
		config.Contexts[cluster] = &api.Context{Cluster: cluster, AuthInfo: c.user}
		config.CurrentContext = cluster
		if err := clientcmd.WriteToFile(*config, filepath.Join(ca.folder, c.file+".kubeconfig")); err != nil {
			return err
		}
	}
	return nil
}

// issue makes a key and a certificate from a template, signed by ca or, where ca is nil, by itself.
func issue(folder, name string, ca *pair, template *x509.Certificate) (*pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return nil, err
	}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(validFor)
	parent, signer := template, key
	if ca != nil {
		parent, signer = ca.certificate, ca.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	made := &pair{folder: folder, key: key, certificate: certificate}
	if made.keyPEM, err = writeKey(filepath.Join(folder, name+".key"), key); err != nil {
		return nil, err
	}
	made.chainPEM, err = writePEM(filepath.Join(folder, name+".crt"), "CERTIFICATE", der)
	return made, err
}

// writeServiceAccountKeys makes the pair that signs and checks the tokens of ServiceAccounts.
func writeServiceAccountKeys(folder string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if _, err := writeKey(filepath.Join(folder, "service-accounts.key"), key); err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	_, err = writePEM(filepath.Join(folder, "service-accounts.pub"), "PUBLIC KEY", public)
	return err
}

func writeKey(path string, key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return writePEM(path, "EC PRIVATE KEY", der)
}

func writePEM(path, kind string, der []byte) ([]byte, error) {
	encoded := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	return encoded, os.WriteFile(path, encoded, 0o600)
}
