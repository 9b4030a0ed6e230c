#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The real idp-agentd, idp-netd and idpctl at the strict platform of vouchers, asked by several
# users: who gets which voucher, what the platform is asked for it, and what becomes of a refusal.
# The graph is that of the platform's own manual: A for P1 and P2, B for P2 and P3, P1 and P2 for X,
# P3 for Y. One pair is refused at the beginning, and has to have recovered by itself at the end.
set -u
top=${top_srcdir:-.} build=${top_builddir:-.}
if [ "$(id -u)" -ne 0 ] || ! node --version >/dev/null 2>&1; then
	echo "1..0 # SKIP needs root, who alone can be others, and node"
	exit 0
fi
DAEMON=1 BIN=2 # users that every Debian has, and that own nothing here
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
until_true() { # COMMAND...: a minute and a half, for a machine that is busy
	local i
	for ((i = 0; i < 1800; i++)); do "$@" && return 0; sleep 0.05; done
	return 1
}

# ---- the platform ----

mkdir "$dir/platform" "$dir/state" "$dir/db"
mkfifo "$dir/hold"
sleep 3600 >"$dir/hold" & # the platform ends with its standard input
pids+=($!)
node "$top/tests/idp/pdnd.mjs" --state "$dir/platform" --stdin <"$dir/hold" >"$dir/platform.out" 2>&1 &
pids+=($!)
until_true grep -q ^ready "$dir/platform.out" || { echo "Bail out! the platform does not start: $(tail -3 "$dir/platform.out" | tr "\n" " ")"; exit 1; }
port=$(cat "$dir/platform/port") at=https://127.0.0.1:$port
web() { curl -s --cacert "$dir/platform/ca.pem" "$@"; }
tell() { local a=(); for word; do a+=(--data-urlencode "$word"); done; web -o /dev/null "${a[@]}" "$at/_control"; }
tally() { # NAME: a number among the counters
	web "$at/_counters" | tr ',{' '\n\n' | sed -n "s/^\"$1\":\([0-9]*\)}*\$/\1/p" | head -1
}
asked() { tally requests; }
last() { web "$at/_counters"; }

# ---- this host ----

configure() { # MORE: sections behind the fixed ones
	cat >"$dir/idp.conf" <<END
[provider corp]
issuer = https://idp.example.com
client_id = host1
[provider pdnd]
preset = pdnd
issuer = interop.test
token_endpoint = $at/token.oauth2
jwks_uri = $at/.well-known/jwks.json
client_aud = auth.interop.test/client-assertion
ca = $dir/platform/ca.pem
[client A]
provider = pdnd
client_id = 0a000000-0000-4000-8000-00000000000a
key = file:$dir/platform/client-a.key
users = daemon
[client B]
provider = pdnd
client_id = 0b000000-0000-4000-8000-00000000000b
key = file:$dir/platform/client-b.key
users = bin
[client API]
provider = pdnd
kind = api
client_id = 0c000000-0000-4000-8000-00000000000c
key = file:$dir/platform/client-api.key
users = daemon
[purpose P1]
id = 10000000-0000-4000-8000-000000000001
clients = A
eservice = X
[purpose P2]
id = 10000000-0000-4000-8000-000000000002
clients = A B
eservice = X
[purpose P3]
id = 10000000-0000-4000-8000-000000000003
clients = B
eservice = Y
[eservice X]
provider = pdnd
id = e0000000-0000-4000-8000-00000000000e
audience = https://x.pa.test/api/v1
[eservice Y]
provider = pdnd
audience = https://y.pa.test/api/v1 https://y2.pa.test/api/v1
$1
END
}
control() { "$build/idpctl/idpctl" --socket "$dir/control" "$@"; }
again() { configure "$1" && control reload >/dev/null || echo "# the configuration was refused: $(control reload 2>&1)"; }
netd() {
	"$build/idp-netd" --listen "$dir/net" --debug >>"$dir/netd.log" 2>&1 &
	netd_pid=$!
	pids+=($!)
}
as() { setpriv --reuid="$1" --regid="$1" --clear-groups "$build/idpctl/idpctl" --socket "$dir/agent" "${@:2}" 2>&1; }
code() { as "$1" --json voucher "${@:2}" | sed -n 's/^  "reason": "\(.*\)",$/\1/p'; } # "" a voucher
member() { # MEMBER of the voucher's claims, of standard input
	node -e 'const t = require("fs").readFileSync(0, "utf8").trim().split("."); console.log([].concat(JSON.parse(Buffer.from(t[1], "base64url"))[process.argv[1]]).map((v) => typeof v === "object" ? JSON.stringify(v) : v).join())' "$1"
}

configure ""
netd
until_true test -S "$dir/net"
"$build/idp-agentd/core/idp-agentd" --config "$dir/idp.conf" --state "$dir/state" --snapshot "$dir/db/identity.snap" \
	--net "$dir/net" --key "$dir/key" --agent "$dir/agent" --control "$dir/control" >"$dir/agent.log" 2>&1 &
agent_pid=$!
pids+=($!)
until_true test -S "$dir/control" || { echo "Bail out! idp-agentd does not start: $(tail -3 "$dir/agent.log")"; exit 1; }
chmod 666 "$dir/agent"
until_true grep -q 'idp-netd is there' "$dir/agent.log"

# ---- who gets what ----

same "nobody has asked the platform yet" "$(asked)" 0
foreign=$(as $DAEMON voucher P3; echo $?) unknown=$(as $DAEMON voucher NEVER; echo $?)
same "a purpose of others is answered as one nobody knows" "$foreign" "$unknown"
same "and so is another's client" "$(as $DAEMON voucher P2 --client B; echo $?)" "$unknown"
same "and so is what is not associated" "$(as $DAEMON voucher P3 --client A; echo $?)" "$unknown"
same "and whoever is nobody's" "$(as 65534 voucher P1; echo $?)" "$unknown"
same "the platform has heard nothing of it" "$(asked)" 0
like "the journal has" "$(cat "$dir/agent.log")" 'no voucher for user 1 (daemon): purpose "P3", client "": unknown-purpose'

for pair in "A P1" "A P2" "B P2" "B P3"; do
	set -- $pair
	same "$1 may ask for $2" "$(code 0 "$2" --client "$1")" ""
done
for pair in "A P3" "B P1"; do
	set -- $pair
	same "$1 may not ask for $2" "$(code 0 "$2" --client "$1")" unknown-purpose
done
same "four requests, no more" "$(asked)" 4
same "none of them broke a rule" "$(tally refused)" 0
same "no assertion was used twice" "$(tally replayed)" 0
same "one client for one e-service: A reaches X only" "$(as 0 voucher P1 --client A | member aud)" https://x.pa.test/api/v1
same "several clients for one: B reaches X too" "$(as 0 voucher P2 --client B | member aud)" https://x.pa.test/api/v1
same "one client for several: B reaches Y" "$(as 0 voucher P3 --client B | member aud)" "https://y.pa.test/api/v1,https://y2.pa.test/api/v1"
same "who may use one of two clients has that one" "$(as $BIN voucher P2 | member client_id)" 0b000000-0000-4000-8000-00000000000b
same "a client of the platform's own interfaces" "$(as $DAEMON voucher --client API | member role)" m2m
same "and others have none" "$(code $BIN --client API)" unknown-purpose

# ---- what is kept ----

before=$(asked)
same "it is kept, and shared by who may have it" "$(as 0 voucher P1)" "$(as $DAEMON voucher P1)"
same "without a question" "$(asked)" "$before"
like "the request says what it has to" "$(as 0 voucher P1 --digest "$(printf x | sha256sum | cut -d' ' -f1)" >/dev/null; last)" '"header":{"alg":"RS256","kid":"'
same "the digest is in the voucher" "$(as 0 voucher P1 --digest "$(printf x | sha256sum | cut -d' ' -f1)" | member digest)" \
	"{\"alg\":\"SHA256\",\"value\":\"$(printf x | sha256sum | cut -d' ' -f1)\"}"
same "and is not in the other one" "$(as 0 voucher P1 | member digest)" ""
same "a digest in capitals is told" "$(code $DAEMON P1 --digest "$(printf x | sha256sum | cut -d' ' -f1 | tr a-f A-F)")" bad-request
again ""
before=$(asked)
for ((i = 0; i < 40; i++)); do as $DAEMON voucher P1 >"$dir/crowd.$i" & crowd[i]=$!; done
wait "${crowd[@]}"
same "forty who ask at once share one question" "$(asked) $(cat "$dir"/crowd.* | sort -u | wc -l)" "$((before + 1)) 1"
for ((i = 0; i < 300; i++)); do code $BIN P2 --digest "$(printf %064d $i)" >/dev/null; done 2>/dev/null
before=$(asked)
same "hundreds of digests push nothing out" "$(code $DAEMON P1) $(asked)" " $before"

# ---- refused: this pair has to be well again at the end ----

tell do=suspend what=P3
again ""
before=$(asked)
same "what the platform refuses is told" "$(code $BIN P3)" voucher-refused
same "the second time it is not asked" "$(code $BIN P3) $(asked)" "suspended $((before + 1))"
same "nor for a digest" "$(code $BIN P3 --digest "$(printf %064d 1)") $(asked)" "suspended $((before + 1))"
like "in words" "$(as $BIN voucher P3)" "The platform gives no voucher (HTTP status 400, 015-0008: Unable to generate a token for the given request). It is asked again in "
same "another pair of the same client goes on" "$(code $BIN P2)" ""
tell do=activate what=P3

# ---- bound ----

as 0 voucher P1 --dpop "$at/eservice/a" >"$dir/headers"
like "a bound voucher opens the e-service" "$(web -H @- "$at/eservice/a" <"$dir/headers")" '"purposeId":"10000000'
like "its proof is good for one request" "$(web -H @- "$at/eservice/a" <"$dir/headers")" '"refused":"dpopJtiAlreadyUsed'
before=$(asked)
as 0 voucher P1 --dpop "$at/eservice/b" --method POST >"$dir/headers"
like "the next one has a proof of its own" "$(web -X POST -H @- "$at/eservice/b" <"$dir/headers")" '"purposeId":"10000000'
same "and the same voucher" "$(asked)" "$before"
like "for that address only" "$(as 0 voucher P1 --dpop "$at/eservice/c" | web -H @- "$at/eservice/d")" "/eservice/c instead of"
same "nobody gets a proof for another's voucher" "$(code $BIN P1 --dpop "$at/eservice/a")" unknown-purpose
same "nor for what is no address" "$(code 0 P1 --dpop "http://127.0.0.1/") $(code 0 P1 --dpop "$at/?a") $(code 0 P1 --dpop "$at/" --method BREW)" \
	"bad-request bad-request bad-request"

# ---- a platform that answers what it must not ----

for how in other-purpose other-client other-aud aud-prefix no-purpose other-issuer unasked-cnf other-type expired no-exp no-jti long-jti \
	control-jti not-a-jws not-json; do
	tell do=spoil how=$how
	control reload >/dev/null
	same "refused here: $how" "$(code $DAEMON P1)" voucher-invalid
done
for how in no-cnf strange-cnf other-type; do
	tell do=spoil how=$how
	control reload >/dev/null
	same "refused here, bound: $how" "$(code $DAEMON P1 --dpop "$at/eservice/a")" voucher-invalid
done
tell do=spoil how=no-digest
control reload >/dev/null
same "refused here: the digest is gone" "$(code $DAEMON P1 --digest "$(printf %064d 1)")" voucher-invalid
tell do=spoil
tell do=typ word=JWT
control reload >/dev/null
same "refused here: no access token" "$(code $DAEMON P1)" voucher-invalid
tell do=typ word=dpop+jwt
control reload >/dev/null
same "the other typ of the manual is taken" "$(code $DAEMON P1)" ""
tell do=typ word=at+jwt

# ---- trouble ----

tell do=fail status=503 times=1
control reload >/dev/null
same "an error of the platform is no refusal" "$(code $DAEMON P1)" platform-unreachable
gets_one() { [ -z "$(code $DAEMON P1)" ]; }
until_true gets_one
ok "and over soon" $?
tell do=limit requests=0 interval=1500
control reload >/dev/null
same "too many requests" "$(code $DAEMON P1)" platform-unreachable
tell do=limit
until_true gets_one
ok "when the platform's time is over, it is asked again" $?
tell do=skew seconds=3600
control reload >/dev/null
like "a clock that is wrong is told to who asks" "$(as $DAEMON voucher P1)" "Its clock is 3"
like "and to the journal" "$(cat "$dir/agent.log")" "seconds ahead of this host's: vouchers may be refused"
tell do=skew seconds=0
control reload >/dev/null
same "with the right one all is well" "$(code $DAEMON P1)" ""
kill "$netd_pid"
wait "$netd_pid" 2>/dev/null
same "what is kept is handed out while idp-netd is away" "$(code $DAEMON P1)" ""
until_true grep -q 'idp-netd is away' "$dir/agent.log"
same "what is not kept is not to be had" "$(code $DAEMON P2)" platform-unreachable
rm -f "$dir/net"
netd
gets_two() { [ -z "$(code $DAEMON P2)" ]; }
until_true gets_two
ok "and it is when idp-netd is back" $?
mv "$dir/platform/client-b.key" "$dir/platform/gone.key"
control reload >/dev/null 2>&1
like "a key that is gone is not told to who asks" "$(as $BIN voucher P2 2>&1)" "its administrator finds the cause in the log. It is asked again"
like "but to the journal" "$(cat "$dir/agent.log")" "no voucher can be asked for as the client B: [client B] key: there is no such file"
mv "$dir/platform/gone.key" "$dir/platform/client-b.key"

# ---- by itself ----

tell do=life what=X seconds=12
control reload >/dev/null
before=$(tally issued)
as $DAEMON voucher P1 >"$dir/first"
same "somebody uses it" "$(as $DAEMON voucher P1)" "$(cat "$dir/first")"
renewed() { [ "$(tally issued)" -ge $((before + 2)) ]; }
until_true renewed
ok "then it is renewed before it ends, without a question" $?
new=$(as $DAEMON voucher P1)
[ "$new" != "$(cat "$dir/first")" ] && [ "$(member exp <"$dir/first")" -gt 0 ]
ok "and the new one is handed out" $?
tell do=life what=X seconds=600

# ---- rules ----

again "[deny friday]
service = voucher
need = user:daemon purpose:P1"
same "a rule can forbid" "$(code $DAEMON P1) $(code 0 P1)" "voucher-denied "
same "one thing of many" "$(code $DAEMON P2)" ""
same "a rule about a purpose is not about what has none" "$(code $DAEMON --client API)" ""
again "[deny banned]
need = role:BANNED
[deny elsewhere]
any = provider:corp tenant:T site:S origin:O uuid:U product:P consumer:C
[deny other]
service = voucher
need = eservice:X purpose:P1"
same "a rule about people of platforms is not about a service of this host" "$(code $DAEMON P2) $(code $DAEMON --client API)" " "
same "and one about an e-service is" "$(code $DAEMON P1)" voucher-denied
again "[deny y]
service = voucher
need = eservice:Y"
same "an e-service without an id goes by its name" "$(code $DAEMON P1) $(code 0 P3)" " voucher-denied"
again "[allow some]
service = voucher
from = local
need = user:daemon client:A
any = purpose:P1"
same "where a rule permits, only what it permits" "$(code $DAEMON P1) $(code $DAEMON P2) $(code 0 P1)" " voucher-denied voucher-denied"
before=$(asked)
same "whom it refuses, it refuses before anything is asked" "$(code $DAEMON P2 --digest "$(printf %064d 2)") $(asked)" "voucher-denied $before"
again "[allow everybody]
need = group:strangers"
same "a rule about every service names none" "$(code $DAEMON P1)" ""

# ---- the end ----

again ""
tell do=suspend what=P3
same "suspended once more" "$(code $BIN P3)" voucher-refused
tell do=activate what=P3
same "and somebody wants it" "$(code $BIN P3)" suspended
p3_is_back() { case $(last) in *'"B/P3":2'*) return 0 ;; esac; return 1; }
for ((i = 0; i < 5; i++)); do until_true p3_is_back && break; done
p3_is_back
ok "it is asked again by itself after a minute" $?
same "and there it is" "$(code $BIN P3)" ""

same "no assertion was used twice in all this" "$(tally replayed)" 0
kill "$agent_pid"
wait "$agent_pid"
same "the agent ends in order" $? 0
kill "$netd_pid"
wait "$netd_pid"
same "and so does idp-netd" $? 0
log=$(cat "$dir/agent.log" "$dir/netd.log")
like "what was issued is in the journal" "$log" 'a voucher was issued: the purpose P1 as the client A'
like "and who has it" "$log" 'user 1 (daemon) has a voucher: the purpose P1 as the client A'
case $log in *eyJ*) ok "no token is" 1 ;; *) ok "no token is" 0 ;; esac
echo "1..$count"
exit $status
