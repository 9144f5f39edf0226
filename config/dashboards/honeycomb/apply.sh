#!/bin/sh
# Makes the queries, with their names, and the board in Honeycomb; says where the board is. Run
# again, it makes another board. Needs curl and jq, and a configuration key that may manage queries
# and columns, and public boards:
#
#   HONEYCOMB_API_KEY=... HONEYCOMB_DATASET=claude-code sh apply.sh
#
# In the EU: HONEYCOMB_API=https://api.eu1.honeycomb.io
set -eu
cd "$(dirname "$0")"
: "${HONEYCOMB_API_KEY:?is not set: a configuration key of Honeycomb}"
api=${HONEYCOMB_API:-https://api.honeycomb.io}/1
dataset=${HONEYCOMB_DATASET:-claude-code}

# The key is in a file of ours alone, and not among the arguments that everybody may see.
umask 077
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT
printf 'X-Honeycomb-Team: %s\nContent-Type: application/json\n' "$HONEYCOMB_API_KEY" >"$headers"

send() {
  answer=$(curl --silent --show-error --fail-with-body --header "@$headers" --data @- \
    "$api/$1") || {
    printf '%s: refused: %s\n' "$1" "$answer" >&2
    return 1
  }
  printf '%s\n' "$answer"
}

board=$(cat board.json)
for file in queries/*.json; do
  key=$(basename "$file" .json)
  made=$(send "queries/$dataset" <"$file")
  id=$(printf '%s' "$made" | jq -er .id)
  note=$(jq --arg key "$key" --arg id "$id" '.[$key] + {query_id: $id}' annotations.json)
  made=$(printf '%s' "$note" | send "query_annotations/$dataset")
  note=$(printf '%s' "$made" | jq -er .id)
  board=$(printf '%s' "$board" | jq --arg key "$key" --arg id "$id" --arg note "$note" \
    '(.panels[] | select(.query_panel.query_id == $key).query_panel) |=
      (.query_id = $id | .query_annotation_id = $note)')
done
made=$(printf '%s' "$board" | send boards)
printf '%s' "$made" | jq -er .links.board_url
