module ccsync.example/victoriametrics

go 1.25

require github.com/VictoriaMetrics/VictoriaMetrics v1.130.0
