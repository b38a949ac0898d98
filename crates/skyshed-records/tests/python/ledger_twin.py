"""The rules of the ledger a second time, written from the text at the head of `src/ledger.rs` (numbers in comments are its rules).

Standard library only. Reads logs, each a line of numbers (bytes of its leaves, then the ascending times that are asked about, in
seconds) and then its leaves, a line each; answers each with a line (bytes of the answer) and then the states, one per time, each
a list of words, a word a line and an empty line between two states. Signatures and witnesses are the test doubles of
`tests/ledger_common`: a signature is a short hash over key, namespace and body; a checkpoint a line of numbers.

It works the other way round than the crate does: all witnessed records are judged first, which gives every record its time; then
records and timers are put in one order and played once, past all the times that were asked for.
"""

import binascii
import datetime
import heapq
import json
import sys
from hashlib import sha256

EFFECT, EXPIRY, LAPSE = 0, 1, 2
UNSIGNED = ("witnessed", "decision")
ROLE = {"request": "requester", "approval": "approver", "observe": "observer", "enforce": "enforcer"}
NAMED = {"request": "requester", "approval": "approver", "cancel": "canceller", "attest": "by", "observe": "by", "enforce": "enforcer"}
JUDGES = {"approver", "canceller", "recovery"}
NOBODY = {"roles": [], "keys": []}


class Void(Exception):
    """A record has no effect, for a reason."""


def seconds(text):
    found = _seconds.get(text)
    if found is None:
        moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
        found = _seconds[text] = int(moment.timestamp())
    return found


_seconds = {}
read_json = json.JSONDecoder().scan_once
canonical_text = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def canonical(value):
    return canonical_text(value).encode()


class Tree:
    """RFC 6962, 2.1: the hash of n leaves is over the largest power of two below n and the rest. Complete subtrees are kept."""

    def __init__(self, leaves):
        self.complete = [[sha256(b"\0" + leaf).digest() for leaf in leaves]]
        while len(below := self.complete[-1]) > 1:
            pairs = zip(below[::2], below[1::2])
            self.complete.append([sha256(b"\1" + left + right).digest() for left, right in pairs])

    def root(self, size):
        if size == 0:
            return sha256(b"").digest()
        found, end, level = None, size, 0
        while end:
            if end & 1:
                left = self.complete[level][end - 1]
                found = left if found is None else sha256(b"\1" + left + found).digest()
            end >>= 1
            level += 1
        return found


def fake_signed(leaf, sig, key):
    want = sha256(key["public"].encode() + leaf.signed).digest()
    return want.startswith(sig[:8]) and len(sig) > 7 and (sig[8:] == b"\1" or not key.get("pin_required"))


class Leaf:
    """A record. Its text is canonical JSON with sorted keys, so what is signed is the part of it between the first two."""

    __slots__ = ("kind", "body", "hash", "signed", "sigs")

    def __init__(self, text):
        try:
            value = read_json(text, 0)[0]
            self.kind, self.body = value["type"], value["body"]
            raw = text[len('{"body":') : text.rindex(',"sigs":')].encode()
            self.hash = sha256(raw).hexdigest()
            self.signed = f" skyshed.{self.kind}@v1 ".encode() + raw
            self.sigs = [(sig["by"], binascii.a2b_base64(sig["sig"])) for sig in value["sigs"]]
        except (StopIteration, ValueError, TypeError, KeyError):
            self.kind = self.body = self.hash = self.signed = None
            self.sigs = []


class Log:
    def __init__(self, texts):
        self.leaves = [Leaf(text) for text in texts]
        self.tree = Tree(text.encode() for text in texts)
        self.problem = {}
        self.quick = self.find_quick()
        self.batches = self.find_batches()
        self.now = 0
        self.timers = []
        self.stopped = set()
        self.policy = None
        self.policies = {}
        self.added = []
        self.ended = {}
        self.territories = {}
        self.zones = {}
        self.requests = {}
        self.request_of = {}
        self.decided = {}
        self.in_force = {}
        self.emergency = {}
        self.contacts = set()
        self.sealed = {}
        self.seen = set()
        self.flags = []

    # Time: rules 1 to 5.

    def find_quick(self):
        emergency, quick = {}, set()
        for number, leaf in enumerate(self.leaves):
            about = []
            if leaf.kind == "request":
                emergency.setdefault(leaf.hash, bool(leaf.body.get("emergency")))
                if leaf.body.get("emergency"):
                    quick.add(number)
            elif leaf.kind == "approval":
                about = leaf.body["requests"]
            elif leaf.kind == "cancel":
                about = [leaf.body["target"]]
            elif leaf.kind == "decision":
                about = [leaf.body["request"]]
            kinds = {emergency.get(one, False) for one in about}
            if kinds == {True}:
                quick.add(number)
            elif len(kinds) == 2:
                self.problem[number] = "mixed_approval"
        return quick

    def find_batches(self):
        """Every batch of records: (time, number of the witnessed record, records)."""
        floor, ticks = 0, []
        for number, leaf in enumerate(self.leaves):
            if leaf.kind == "witnessed":
                try:
                    size, times, quorum = self.checkpoint(number, leaf.body["checkpoint"])
                except Void as reason:
                    self.problem[number] = str(reason)
                    continue
                at = max(times[(len(times) - 1) // 2], floor)
                if quorum:
                    floor = at
                ticks.append((at, number, size, quorum))
        batches = {(at, number): (quorum, size, []) for at, number, size, quorum in ticks}
        full = {}
        for at, number, size, quorum in ticks:
            if quorum:
                for record in range(len(full), size):
                    full[record] = at, number
        few = [tick for tick in ticks if not tick[3]]
        for record in range(len(self.leaves)):
            key = full.get(record)
            if few and record in self.quick:
                early = [(at, number) for at, number, size, _ in few if size > record]
                key = min(early + [key] if key else early, default=None)
            if key:
                batches[key][2].append(record)
        return [(key, *batch) for key, batch in sorted(batches.items())]

    def checkpoint(self, number, text):
        words = text.split(" ")
        if words[0] != "fake":
            raise Void("witness_signature")
        size = int(words[1])
        if size > number:
            raise Void("witness_size")
        if self.tree.root(size).hex() != words[2]:
            raise Void("witness_root")
        if words[4] == "-":
            raise Void("witness_none")
        return size, sorted(map(int, words[4].split(","))), words[3] == "1"

    def play(self, times):
        states, batches = [], list(self.batches)
        for time in times:
            while batches and batches[0][0][0] <= time:
                (at, number), quorum, size, records = batches.pop(0)
                self.fire_until(at)
                self.now, self.tick = at, number
                for record in records:
                    self.take(record)
                if quorum:
                    self.look_for_withheld(size)
            self.fire_until(time)
            states.append(self.words(time))
        return states

    def fire_until(self, time):
        while self.timers and self.timers[0][0] <= time:
            timer = heapq.heappop(self.timers)
            if timer in self.stopped:
                self.stopped.discard(timer)
                continue
            self.now, kind, number = timer
            if kind == LAPSE:
                self.lapse(number)
            elif kind == EXPIRY:
                self.expire(number)
            elif number in self.policies:
                self.policy_effect(number)
            elif number in self.requests:
                self.effect(number)

    def start(self, at, kind, number):
        if (at, kind, number) in self.stopped:
            self.stopped.discard((at, kind, number))
        else:
            heapq.heappush(self.timers, (at, kind, number))

    def stop(self, at, number):
        if (at, EFFECT, number) in self.timers:
            self.stopped.add((at, EFFECT, number))

    def flag(self, number, reason):
        self.flags.append(f"{number}:{reason}@{self.now}")

    def take(self, number):
        leaf = self.leaves[number]
        try:
            if leaf.kind is None:
                raise Void("malformed")
            if number in self.problem:
                raise Void(self.problem[number])
            if leaf.kind in UNSIGNED and leaf.sigs:
                raise Void("signature_not_allowed")
            if leaf.kind not in UNSIGNED and leaf.kind != "policy":
                self.signed(leaf)
            getattr(self, "take_" + leaf.kind)(number, leaf)
        except Void as reason:
            self.flag(number, str(reason))

    # Signatures: rules 6 to 10.

    def keys(self, policy, added, who):
        keys = policy["principals"].get(who, NOBODY)["keys"]
        return keys + [key for _, owner, key in self.added if owner == who] if added and self.added else keys

    def good_key(self, policy, added, leaf, by, sig):
        if by not in policy["principals"]:
            raise Void("unknown_signer")
        signed = False
        for key in self.keys(policy, added, by):
            if not fake_signed(leaf, sig, key):
                continue
            signed = True
            after, before = key.get("valid_after"), key.get("valid_before")
            early = after is not None and self.now < seconds(after)
            late = before is not None and self.now >= seconds(before)
            if not early and not late and key["public"] not in self.ended:
                return key["public"]
        raise Void("key_not_valid" if signed else "bad_signature")

    def signed(self, leaf):
        """Rules 6 to 9 for all that can be told from the type alone; leaves the signers in `self.signers`."""
        if self.policy is None:
            raise Void("no_policy")
        rules = self.policy["rules"]
        self.signers = [(by, self.good_key(rules, True, leaf, by, sig)) for by, sig in leaf.sigs]
        if leaf.kind in NAMED:
            name = leaf.body[NAMED[leaf.kind]]
            if name not in dict(self.signers):
                raise Void("missing_signature")
            if leaf.kind in ROLE and not self.role(name, ROLE[leaf.kind]):
                raise Void("missing_role")
            if leaf.kind == "cancel" and not self.role(name, "canceller"):
                recovery = any(one["recovery"] and one["hash"] == leaf.body["target"] for one in self.policies.values())
                if not (recovery and self.role(name, "approver")):
                    raise Void("missing_role")
        elif leaf.kind != "keyevent" and not any(self.role(who, "requester") for who, _ in self.signers):
            raise Void("missing_role")
        if leaf.kind != "keyevent":
            self.once(leaf)

    def once(self, leaf):
        if (leaf.kind, leaf.hash) in self.seen:
            raise Void("duplicate")
        self.seen.add((leaf.kind, leaf.hash))

    def role(self, who, role):
        return role in self.policy["rules"]["principals"].get(who, NOBODY)["roles"]

    # Territories and zones: rules 11 and 12.

    def take_territory(self, number, leaf):
        if leaf.body["id"] in self.territories:
            raise Void("territory_exists")
        self.known(leaf.body.get("parent", leaf.body["id"]), leaf.body["id"])
        self.territories[leaf.body["id"]] = number

    def known(self, territory, but=None):
        if territory not in self.territories and territory != but:
            raise Void("unknown_territory")

    def take_zone(self, number, leaf):
        self.known(leaf.body["territory"])
        current = self.zones.get(leaf.body["territory"])
        if leaf.body.get("prev") != (current and current[0]):
            raise Void("zone_order")
        self.zones[leaf.body["territory"]] = (number, leaf.body["cells_sha256"])

    # Policies and keys: rules 13 to 19.

    def take_policy(self, number, leaf):
        new, signers = leaf.body, []
        for by, sig in leaf.sigs:
            old_key = new_key = None
            try:
                new_key = self.good_key(new, False, leaf, by, sig)
            except Void as reason:
                problem = reason
            if self.policy:
                try:
                    old_key = self.good_key(self.policy["rules"], True, leaf, by, sig)
                except Void as reason:
                    if str(reason) != "unknown_signer":
                        problem = reason
            if not old_key and not new_key:
                raise problem
            signers.append((by, old_key, new_key))
        if ("policy", leaf.hash) in self.seen:
            raise Void("duplicate")
        if self.policy is None and number != 0:
            raise Void("no_policy")
        if not self.next_policy(new):
            raise Void("policy_order")
        owner = {}
        for who, one in new["principals"].items():
            if any(owner.setdefault(key["public"], who) != who for key in one["keys"]):
                raise Void("key_shared")
        way = self.way(new, signers)
        if way is None:
            raise Void("quorum_missing")
        self.seen.add(("policy", leaf.hash))
        self.policies[number] = waiting = {"rules": new, "hash": leaf.hash, "signers": signers, "time": self.now, "recovery": way == "recovery"}
        if self.policy is None:
            waiting["at"] = self.now
            self.policy_effect(number)
            return
        rules = self.policy["rules"]
        if way == "recovery":
            wait = rules["recovery"]["wait_s"]
        else:
            wait = max(rule["wait_s"] for one in (rules, new) for rule in [one["rule"], *one["rules_by_territory"].values()])
        waiting["at"] = self.now + wait
        self.start(waiting["at"], EFFECT, number)

    def next_policy(self, new):
        version = self.policy["rules"]["version"] + 1 if self.policy else 1
        return new["version"] == version and new.get("prev") == (self.policy and self.policy["hash"])

    def way(self, new, signers):
        """How a policy came to be signed by enough: normal, recovery or not at all."""
        if not enough(new, new["rotation"], "approver", {who for who, _, key in signers if key}):
            return None
        if self.policy is None:
            return "normal"
        old, persons = self.policy["rules"], {who for who, key, _ in signers if key}
        if enough(old, old["rotation"], "approver", persons):
            return "normal"
        if "recovery" in old and enough(old, old["recovery"]["quorum"], "recovery", persons):
            return "recovery"
        return None

    def policy_effect(self, number):
        new = self.policies.pop(number)
        if not self.next_policy(new["rules"]):
            self.flag(number, "policy_void")
            return
        listed = {key["public"] for one in new["rules"]["principals"].values() for key in one["keys"]}
        self.added = [one for one in self.added if one[0] > number and one[2]["public"] not in listed]
        self.policy = {"rules": new["rules"], "hash": new["hash"], "number": number}

    def take_keyevent(self, number, leaf):
        body, rules = leaf.body, self.policy["rules"]
        who, event, key, since = body["principal"], body["event"], body["key"], body.get("since")
        if who not in rules["principals"]:
            raise Void("unknown_principal")
        signers = {one for one, _ in self.signers}
        if event == "add":
            right = enough(rules, rules["rotation"], "approver", signers)
        else:
            others = [one for one in signers - {who} if JUDGES & set(rules["principals"][one]["roles"])]
            right = len(others) >= 2 or (event != "lost" and who in signers)
        if not right:
            raise Void("quorum_missing")
        self.once(leaf)
        if (since is None) if event == "compromised" else (since is not None):
            raise Void("since_out_of_range")
        if since is not None and seconds(since) > self.now:
            raise Void("since_out_of_range")
        if event == "add":
            if key["public"] in self.ended:
                raise Void("key_dead")
            owners = {
                one
                for one in rules["principals"]
                if any(other["public"] == key["public"] for other in self.keys(rules, True, one))
            }
            owners |= {owner for _, owner, other in self.added if other["public"] == key["public"]}
            if owners - {who}:
                raise Void("key_shared")
            if owners:
                raise Void("duplicate")
            self.added.append((number, who, key))
            return
        if all(one["public"] != key["public"] for one in self.keys(rules, True, who)):
            raise Void("unknown_key")
        self.ended.setdefault(key["public"], event)
        if event == "compromised":
            self.compromised(number, key["public"], seconds(since))

    def compromised(self, event, key, since):
        for number in sorted(self.policies):
            waiting = self.policies[number]
            if waiting["time"] >= since and any(key in signer[1:] for signer in waiting["signers"]):
                waiting["signers"] = [
                    (who, old if old != key else None, new if new != key else None)
                    for who, old, new in waiting["signers"]
                    if key != (old or new)
                ]
                if self.way(waiting["rules"], waiting["signers"]) != ("recovery" if waiting["recovery"] else "normal"):
                    self.stop_policy(number)
                    self.flag(number, "policy_compromised")
        for number in sorted(self.requests):
            request = self.requests[number]
            void = {who: word for who, word in request["words"].items() if word["key"] == key and word["time"] >= since}
            if not void:
                continue
            if request["status"] == "effective":
                if any(word["number"] in request["decision"]["approvals"] for word in void.values()):
                    self.flag(event, "compromised_approval")
            elif request["status"] in ("in_review", "waiting"):
                for who in void:
                    del request["words"][who]
                if request["status"] == "waiting" and any(word["verdict"] == "approve" for word in void.values()):
                    self.back_to_review(number, request)

    def back_to_review(self, number, request):
        decision = request["number"]
        if decision is not None:
            self.stop(request["effect"], number)
            del self.decided[decision]
            self.flag(decision, "decision_void")
        request["decision"] = request["number"] = None
        if request["lapses"] <= self.now:
            self.state(number, "lapsed")
        else:
            self.state(number, "in_review")
            self.look_for_quorum(number)

    def stop_policy(self, number):
        self.stop(self.policies[number]["at"], number)
        del self.policies[number]

    # Requests: rules 20 to 25.

    def rule(self, territory):
        rules = self.policy["rules"]
        return rules["rules_by_territory"].get(territory, rules["rule"])

    def take_request(self, number, leaf):
        body = leaf.body
        rule, now = self.rule(body["territory"]), self.now
        self.known(body["territory"])
        if self.zones.get(body["territory"], (None, None))[1] != body["zone"]:
            raise Void("zone_differs")
        came_from = body.get("from")
        if came_from is not None and (
            came_from not in self.decided
            or self.requests[self.decided[came_from]]["body"]["territory"] != body["territory"]
        ):
            raise Void("unknown_from")
        review_by = seconds(body["review_by"])
        if not now < review_by <= now + rule["review_max_s"]:
            raise Void("review_by_out_of_range")
        expires = seconds(body["expires"]) if "expires" in body else None
        if expires is not None and not now < expires <= now + rule["expiry_max_s"]:
            raise Void("expires_out_of_range")
        not_before = seconds(body["not_before"]) if "not_before" in body else None
        if not_before is not None and (not_before > review_by or (expires is not None and not_before >= expires)):
            raise Void("not_before_out_of_range")
        if any(contact not in self.contacts or contact >= number for contact in body["contacts"]):
            raise Void("unknown_contact")
        renewal = bool(body.get("emergency")) and self.is_renewal(body, rule, expires)
        self.requests[number] = {
            "body": body,
            "status": "in_review",
            "since": now,
            "time": now,
            "renewal": renewal,
            "lapses": now + rule["review_ttl_s"],
            "expires": expires,
            "not_before": not_before,
            "words": {},
            "decision": None,
            "number": None,
            "hash": leaf.hash,
        }
        self.request_of[leaf.hash] = number
        self.start(now + rule["review_ttl_s"], LAPSE, number)
        if expires is not None:
            self.start(expires, EXPIRY, number)

    def is_renewal(self, body, rule, expires):
        path = rule.get("emergency")
        if path is None:
            raise Void("no_emergency_path")
        reasons = path["off_reasons"] if body["to"]["state"] == "off" else path["on_reasons"]
        if body["reason_code"] not in reasons:
            raise Void("emergency_reason")
        if expires is None or expires > self.now + path["ttl_max_s"]:
            raise Void("expires_out_of_range")
        before = set()
        if "from" in body and self.requests[self.decided[body["from"]]]["body"].get("emergency"):
            before.add(self.decided[body["from"]])
        for one in body["classes"]:
            last = self.emergency.get((body["territory"], one))
            if last and (last[1] is None or self.now - last[1] < path["ttl_max_s"]):
                before.add(self.decided[last[0]])
        if any(self.requests[one]["renewal"] for one in before):
            raise Void("second_renewal")
        return bool(before)

    def take_approval(self, number, leaf):
        who, key, hits = leaf.body["approver"], None, []
        for one, public in self.signers:
            if one == who and key is None:
                key = public
        for target in leaf.body["requests"]:
            request = self.request_of.get(target)
            if request is None:
                self.flag(number, "unknown_request")
            elif self.requests[request]["body"]["requester"] == who:
                self.flag(number, "self_approval")
            elif self.requests[request]["status"] != "in_review":
                self.flag(number, "too_late")
            else:
                hits.append(request)
        for request in hits:
            word = {"verdict": leaf.body["verdict"], "number": number, "key": key, "time": self.now}
            self.requests[request]["words"][who] = word
            self.look_for_quorum(request)

    def look_for_quorum(self, number):
        request = self.requests[number]
        rules, rule, body = self.policy["rules"], self.rule(request["body"]["territory"]), request["body"]
        emergency = bool(body.get("emergency"))
        quorum = rule["quorum"]
        if emergency and not request["renewal"] and "emergency" in rule:
            quorum = rule["emergency"]["quorum"]
        approving = {who for who, word in request["words"].items() if word["verdict"] == "approve"}
        against = set(request["words"]) - approving
        if enough(rules, quorum, "approver", approving):
            start = self.now + (0 if emergency else rule["wait_s"])
            request["decision"] = {
                "approvals": sorted(request["words"][who]["number"] for who in approving if self.role(who, "approver")),
                "policy_version": rules["version"],
                "quorum_at": self.now,
                "effective_from": max(start, request["not_before"] or start),
            }
            request["tick"], request["withheld"] = self.tick, False
            self.state(number, "waiting")
        elif not enough(rules, quorum, "approver", set(rules["principals"]) - against - {body["requester"]}):
            self.state(number, "rejected")

    def state(self, number, status):
        request = self.requests[number]
        if request["status"] != status:
            request["status"], request["since"] = status, self.now

    def lapse(self, number):
        if self.requests[number]["status"] == "in_review":
            self.state(number, "lapsed")

    def take_cancel(self, number, leaf):
        for waiting, one in self.policies.items():
            if one["hash"] == leaf.body["target"]:
                self.stop_policy(waiting)
                return
        target = self.request_of.get(leaf.body["target"])
        if target is None or self.requests[target]["status"] not in ("in_review", "waiting"):
            raise Void("unknown_target")
        if self.requests[target]["number"] is not None:
            self.stop(self.requests[target]["effect"], target)
        self.state(target, "cancelled")

    # Decisions: rules 26 to 30.

    def take_decision(self, number, leaf):
        body = leaf.body
        index = self.request_of.get(body["request"])
        if index is None:
            raise Void("unknown_request")
        request = self.requests[index]
        if request["status"] != "waiting" or request["number"] is not None:
            raise Void("decision_not_due")
        until = body.get("effective_until")
        given = {
            "approvals": body["approvals"],
            "policy_version": body["policy_version"],
            "quorum_at": seconds(body["quorum_at"]),
            "effective_from": seconds(body["effective_from"]),
        }
        if given != request["decision"] or body["request_index"] != index or (until and seconds(until)) != request["expires"]:
            raise Void("decision_differs")
        request["number"] = number
        request["effect"] = max(given["effective_from"], self.now)
        self.decided[number] = index
        self.start(request["effect"], EFFECT, index)

    def look_for_withheld(self, size):
        for number in sorted(self.requests):
            request = self.requests[number]
            if request["status"] == "waiting" and request["number"] is None and not request["withheld"]:
                if size - request["tick"] >= 2:
                    request["withheld"] = True
                    self.flag(number, "decision_withheld")

    def effect(self, index):
        request = self.requests[index]
        body, number = request["body"], request["number"]
        if request["status"] != "waiting" or number is None:
            return
        slots = [(body["territory"], one) for one in body["classes"]]
        if any(self.in_force.get(slot) != body.get("from") for slot in slots):
            self.flag(number, "superseded")
            self.state(index, "superseded")
            return
        for slot in slots:
            self.put(slot, number)
        self.state(index, "effective")
        self.settle(body.get("from"))

    def put(self, slot, number):
        last = self.emergency.get(slot)
        if last and last[1] is None:
            self.emergency[slot] = (last[0], self.now)
        if number is not None and self.requests[self.decided[number]]["body"].get("emergency"):
            self.emergency[slot] = (number, None)
        self.in_force[slot] = number

    def settle(self, number):
        """Rule 30 for a decision that was in force before or is again."""
        if number is None:
            return
        index = self.decided[number]
        if number in self.in_force.values():
            self.state(index, "effective")
        elif self.over(number):
            self.state(index, "expired")
        else:
            self.state(index, "superseded")

    def over(self, number):
        expires = self.requests[self.decided[number]]["expires"]
        return expires is not None and expires <= self.now

    def expire(self, index):
        request = self.requests[index]
        if request["status"] == "effective":
            back = request["body"].get("from")
            while back is not None and self.over(back):
                back = self.requests[self.decided[back]]["body"].get("from")
            for slot in [slot for slot, number in self.in_force.items() if number == request["number"]]:
                self.put(slot, back)
            self.state(index, "expired")
            self.settle(back)
        elif request["status"] in ("in_review", "waiting"):
            if request["status"] == "waiting":
                self.flag(index, "expired_before_effect")
            self.state(index, "expired")

    # What else is counted: rules 31 and 32.

    def take_preview(self, number, leaf):
        pass

    def take_attest(self, number, leaf):
        pass

    def take_contact(self, number, leaf):
        body = leaf.body
        if body["form"] == "sealed":
            self.sealed[number] = [body["sealed"], seconds(body["open_by"]), None]
        if body["form"] == "opened":
            sealed = self.sealed.get(body["opens"])
            if sealed is None or sealed[2] is not None:
                raise Void("unknown_sealed")
            salted = bytes.fromhex(body["salt"]) + canonical(body["contact"])
            if sha256(salted).hexdigest() != sealed[0]:
                raise Void("opening_differs")
            sealed[2] = number
        self.contacts.add(number)

    def take_observe(self, number, leaf):
        self.known(leaf.body["territory"])

    def take_enforce(self, number, leaf):
        size = leaf.body["log_size"]
        if size > number or self.tree.root(size).hex() != leaf.body["root"]:
            raise Void("enforcer_differs")

    def take_witnessed(self, number, leaf):
        pass

    def words(self, time):
        """The state as words, in the order that the test writes them in."""
        words = [f"policy {self.policy['number'] if self.policy else '-'}"]
        words += [f"waits {number} {self.policies[number]['at']}" for number in sorted(self.policies)]
        words += [f"added {number}" for number, _, _ in self.added]
        words += [f"ended {key}" for key in sorted(self.ended)]
        words += [f"zone {name} {self.zones.get(name, ('-',))[0]}" for name in sorted(self.territories)]
        words += [
            f"force {slot[0]} {slot[1]} {'-' if number is None else number}"
            for slot, number in sorted(self.in_force.items())
        ]
        for number in sorted(self.requests):
            request = self.requests[number]
            words.append(f"request {number} {request['status']} {request['since']} {'renewal' if request['renewal'] else '-'}")
        for number in sorted(self.requests):
            request = self.requests[number]
            if request["status"] == "waiting" and request["number"] is None:
                due = request["decision"]
                words.append(f"due {number} {due['approvals']} {due['policy_version']} {due['quorum_at']} {due['effective_from']}")
        for number in sorted({number for number in self.in_force.values() if number is not None}):
            if time > seconds(self.requests[self.decided[number]]["body"]["review_by"]):
                words.append(f"overdue {number}")
        words += [f"sealed {number} {one[2] or '-'} {one[2] is None and time > one[1]}" for number, one in sorted(self.sealed.items())]
        return words + ["flag " + flag for flag in self.flags]


def enough(rules, quorum, role, persons):
    if len(persons) < quorum["persons"]:
        return False
    principals = rules["principals"]
    counted = [who for who in persons if role in principals.get(who, NOBODY)["roles"]]
    if len(counted) < quorum["persons"]:
        return False
    return len({principals[who]["organisation"] for who in counted}) >= quorum["organisations"]


def main():
    given, said = sys.stdin.buffer, sys.stdout.buffer
    while head := given.readline():
        size, *times = map(int, head.split())
        states = Log(given.read(size).decode().split("\n")[:-1]).play(times)
        answer = "\n\n".join("\n".join(words) for words in states).encode()
        said.write(b"%d\n%s" % (len(answer), answer))
        said.flush()


if __name__ == "__main__":
    main()
