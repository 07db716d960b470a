module roro.dev/tools/kwok

go 1.24.0
