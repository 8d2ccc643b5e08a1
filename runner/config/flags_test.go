package config

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/kvconform/kvconform/runner"
)

func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, Prefix+"_") {
			_ = os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// The defaults that the help shows are those that a library's user gets.
func TestFlagsAndOptionsHaveTheSameDefaults(t *testing.T) {
	got, err := FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	want := runner.Defaults()
	want.Out = "kvconform-report"
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestEnvironment(t *testing.T) {
	for name, value := range map[string]string{"TARGET": "http://127.0.0.1:1", "TOKEN": "t", "WEAK_TOKEN": "w", "CA_FILE": "ca.pem",
		"ONLY": "conflict,cancel", "POLL_MAX": "2s", "STRICT": "true", "FAILING_ISSUER": "f", "PROVISION_ISSUERS": "1"} {
		t.Setenv(Prefix+"_"+name, value)
	}
	got, err := FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	if got.Target != "http://127.0.0.1:1" || got.Token != "t" || got.WeakToken != "w" || got.CAFile != "ca.pem" || len(got.Only) != 2 ||
		got.PollMax != 2*time.Second || !got.Strict || got.FailingIssuer != "f" || !got.ProvisionIssuers {
		t.Errorf("%+v", got)
	}
	t.Setenv(Prefix+"_PARALLEL", "many")
	if _, err := FromEnvironment(); err == nil || !strings.Contains(err.Error(), "KVCONFORM_PARALLEL") {
		t.Errorf("a number that is none: %v", err)
	}
}
