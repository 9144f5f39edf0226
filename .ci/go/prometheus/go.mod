module ccsync.example/prometheus

go 1.25

require github.com/prometheus/prometheus v0.305.3
