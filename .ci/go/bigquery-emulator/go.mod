module ccsync.example/bigquery-emulator

go 1.25

require github.com/goccy/bigquery-emulator v0.8.1
