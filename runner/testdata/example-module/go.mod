module example.com/emulator

go 1.26

require github.com/kvconform/kvconform v0.0.0

// In a repository of your own this line goes, and `go get github.com/kvconform/kvconform@latest` says which version is required.
replace github.com/kvconform/kvconform => ../../..
