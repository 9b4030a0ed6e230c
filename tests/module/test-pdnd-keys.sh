#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Keys that the agent keeps, at the strict platform of vouchers: made, uploaded, put to use, changed
# while vouchers are being had, and taken away. What the doctor sees of it at each step.
set -u
top=${top_srcdir:-.} build=${top_builddir:-.}
if [ "$(id -u)" -ne 0 ] || ! node --version >/dev/null 2>&1; then
	echo "1..0 # SKIP needs root and node"
	exit 0
fi
dir=$(mktemp -d) && chmod 755 "$dir" || exit 1
status=0 count=0 pids=()

finish() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	wait 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT

ok() { # NAME, 0 when fine
	count=$((count + 1))
	if [ "$2" -eq 0 ]; then echo "ok $count - $1"; else echo "not ok $count - $1"; status=1; fi
}
same() { # NAME GOT WANTED
	[ "$2" = "$3" ] || echo "# got:    $2
# wanted: $3"
	[ "$2" = "$3" ]
	ok "$1" $?
}
like() { # NAME GOT WORDS
	case $2 in *"$3"*) ok "$1" 0 ;; *) echo "# wanted: $3; got: ${2: -1000}" | tr '\n' ' '; echo; ok "$1" 1 ;; esac
}
until_true() { # COMMAND...: half a minute for a machine that is busy
	local i
	for ((i = 0; i < 600; i++)); do "$@" && return 0; sleep 0.05; done
	return 1
}

# ---- the platform, and this host ----

mkdir "$dir/platform" "$dir/state" "$dir/db"
chmod 700 "$dir/state"
mkfifo "$dir/hold"
sleep 3600 >"$dir/hold" & # the platform ends with its standard input
pids+=($!)
node "$top/tests/idp/pdnd.mjs" --state "$dir/platform" --stdin <"$dir/hold" >"$dir/platform.out" 2>&1 &
pids+=($!)
until_true grep -q ^ready "$dir/platform.out" || { echo "Bail out! the platform does not start"; exit 1; }
at=https://127.0.0.1:$(cat "$dir/platform/port")
web() { curl -s --cacert "$dir/platform/ca.pem" "$@"; }
tell() { local a=(); for word; do a+=(--data-urlencode "$word"); done; web "${a[@]}" "$at/_control"; }

cat >"$dir/idp.conf" <<END
[provider pdnd]
preset = pdnd
issuer = interop.test
token_endpoint = $at/token.oauth2
jwks_uri = $at/.well-known/jwks.json
client_aud = auth.interop.test/client-assertion
ca = $dir/platform/ca.pem
[client A]
client_id = 0a000000-0000-4000-8000-00000000000a
[purpose P1]
id = 10000000-0000-4000-8000-000000000001
clients = A
eservice = X
[eservice X]
audience = https://x.pa.test/api/v1
END
chmod 600 "$dir/idp.conf"
"$build/idp-netd" --listen "$dir/net" >"$dir/netd.log" 2>&1 &
pids+=($!)
until_true test -S "$dir/net"
"$build/idp-agentd/core/idp-agentd" --config "$dir/idp.conf" --state "$dir/state" --snapshot "$dir/db/identity.snap" \
	--net "$dir/net" --key "$dir/key" --agent "$dir/agent" --control "$dir/control" >"$dir/agent.log" 2>&1 &
pids+=($!)
until_true test -S "$dir/control" || { echo "Bail out! idp-agentd does not start: $(tail -3 "$dir/agent.log")"; exit 1; }
until_true grep -q 'idp-netd is there' "$dir/agent.log"

pdnd() { "$build/idpctl/idpctl" --socket "$dir/control" pdnd "$@" 2>&1; }
value() { # MEMBER of the first key, of JSON on standard input
	node -e 'const a = JSON.parse(require("fs").readFileSync(0, "utf8")); const k = JSON.stringify(a).match(new RegExp(`"${process.argv[1]}":("(?:[^"\\\\]|\\\\.)*"|\\d+)`)); process.stdout.write(String(JSON.parse(k[1])))' "$1"
}
new_key() { "$build/idpctl/idpctl" --json --socket "$dir/control" pdnd key "$@"; }
upload() { tell do=key client=A pem="$1" | value kid; } # the kid that the platform gives it
code() { "$build/idpctl/idpctl" --socket "$dir/agent" --json voucher P1 --digest "$(printf %064d "$1")" 2>/dev/null | sed -n 's/^  "reason": "\(.*\)",$/\1/p'; }
last_kid() { web "$at/_counters" | grep -o '"kid":"[^"]*"' | tail -1 | cut -d'"' -f4; }

# ---- from no key to a voucher ----

like "a client without a key is told of" "$(pdnd doctor)" "It has no key."
same "and has no voucher" "$(code 1)" key-unusable
first=$(new_key new A)
kid1=$(value kid <<<"$first") pem1=$(value public_key <<<"$first")
same "base64 once more is the PEM" "$(value base64 <<<"$first" | base64 -d)" "$pem1"
like "a key the platform does not know gets no voucher" "$(code 2)" voucher-refused
like "and the doctor says what was said" "$(pdnd doctor)" "015-0008"
same "the platform gives it the kid that was shown" "$(upload "$pem1")" "$kid1"
pdnd key drop A >/dev/null # nothing to drop: and nothing is tried again by it
like "what was refused is not asked again at once" "$(code 3)" suspended
"$build/idpctl/idpctl" --socket "$dir/control" reload >/dev/null
same "after a reload there is a voucher" "$(code 4)" ""
same "signed for with that key" "$(last_kid)" "$kid1"
like "the doctor sees it" "$(pdnd doctor)" "With client A: the platform gives vouchers."

# ---- another key ----

second=$(new_key rotate A)
kid2=$(value kid <<<"$second")
[ "$kid1" != "$kid2" ]
ok "a rotation makes another key" $?
same "the first goes on signing" "$(code 5) $(last_kid)" " $kid1"
same "the platform takes both" "$(upload "$(value public_key <<<"$second")")" "$kid2"
pdnd key use A >/dev/null
same "then the second signs" "$(code 6) $(last_kid)" " $kid2"
pdnd key use A >/dev/null
same "and back" "$(code 7) $(last_kid)" " $kid1"
tell do=drop-key client=A kid="$kid1" >/dev/null
same "the first was taken away too early" "$(code 8)" voucher-refused
pdnd key use A >/dev/null
same "with the second it goes on at once" "$(code 9) $(last_kid)" " $kid2"
same "the first is dropped" "$(pdnd key drop A)" "The spare key is no more."
same "and the second signs" "$(code 10) $(last_kid)" " $kid2"
case $(cat "$dir/agent.log" "$dir/netd.log") in *PRIVATE* | *eyJ*) ok "no key and no token is in the logs" 1 ;; *) ok "no key and no token is in the logs" 0 ;; esac
same "private keys are the agent's alone" "$(stat -c %a "$dir"/state/clients/A/*.pem "$dir/state/clients/A" "$dir/state/clients" | tr '\n' ' ')" "600 700 700 "
echo "1..$count"
exit $status
