package suites

import (
	"strconv"
	"strings"
)

// Since76 reports whether the run's api-version has what came after 7.5: preserveCertOrder and the SANs uris and
// ipAddresses (RULINGS R41).
func (v *Vault) Since76() bool { return since76(v.run.APIVersion) }

// since76 knows both families of versions: dates up to 2016-10-01, numbers from 7.0 to 7.6, and dates again.
func since76(version string) bool {
	version, _, _ = strings.Cut(version, "-preview")
	if year, _, dated := strings.Cut(version, "-"); dated {
		n, err := strconv.Atoi(year)
		return err == nil && n >= 2025
	}
	major, minor, _ := strings.Cut(version, ".")
	x, errX := strconv.Atoi(major)
	y, errY := strconv.Atoi(minor)
	return errX == nil && errY == nil && (x > 7 || x == 7 && y >= 6)
}
