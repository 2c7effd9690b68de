#!/usr/bin/env python3
"""Holds the simulator against a real HAProxy and a real nginx on this machine.

  apt-get install haproxy nginx-light python3 g++
  harness/validate/validate.py --steady build/release/steady --out validation.md

For each set-up: ten real runs (real processes that sleep, an open-loop generator, targets
killed, drained and added at the moments of the scenario) against 100 seeds of the same scenario.
Everything that both must agree on (rates, workers, service times, moments) is read from what
`steady run --json` says it ran. Only loopback is used; a full run takes about an hour and wants two
idle cores: it ends at once where the generator cannot keep its plan. By hand, never in CI.
"""

import argparse
import json
import math
import os
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from proxies import PROXIES

HERE = os.path.dirname(os.path.abspath(__file__))
SCENARIOS = os.path.join(HERE, "..", "..", "scenarios", "validation")
T_975 = {1: 12.706, 2: 4.303, 4: 2.776, 9: 2.262, 19: 2.093}  # Student's t, two-sided 95 %
PORT, FIRST_BACKEND = 18080, 18100
MOST_LATE = 0.01  # seconds; of 100 requests 99 are sent earlier after their planned moment

# (name, scenario, variant, what a proxy must be able to do, or be)
SETUPS = [
    ("killed, deregistered 2 s later", "one-target-leaves.json", "killed before it is deregistered", None),
    ("killed, HAProxy with its own retries", "one-target-leaves.json", "killed behind HAProxy's retries", "HAProxy"),
    ("killed, nginx with its own retries", "one-target-leaves.json", "killed behind nginx's retries", "nginx"),
    ("drained long enough (15 s)", "one-target-leaves.json", None, None),
    ("drained too short (1 s)", "one-target-leaves.json", "drained too short", None),
    ("a cold target with slow start", "a-cold-target-comes.json", None, "slow_start"),
    ("a cold target without it", "a-cold-target-comes.json", "full share at once", None),
]
MEASURES = ["failures", "p50", "p90", "p99"]


def seconds(text):
    for unit, size in (("ms", 1e-3), ("s", 1.0), ("m", 60.0)):
        if text.endswith(unit):
            return float(text[: -len(unit)]) * size
    raise ValueError(text)


def simulate(steady, scenario, variant, seed):
    command = [steady, "run", os.path.join(SCENARIOS, scenario), "--seed", str(seed), "--json", "-"]
    if variant:
        command += ["--variant", variant]
    ran = subprocess.run(command, capture_output=True, text=True)
    if not ran.stdout:
        sys.exit(ran.stderr)
    return json.loads(ran.stdout)


def simulated(result):
    requests = result["requests"]
    latency = requests["latency"]
    return {
        "failures": requests["dropped"],
        "p50": latency["p50Ns"] / 1e9,
        "p90": latency["p90Ns"] / 1e9,
        "p99": latency["p99Ns"] / 1e9,
    }


def percentile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, math.ceil(share * len(sorted_values)) - 1)]


class Load:
    """What the generator printed, a line a request."""

    def __init__(self, text):
        self.outcomes, self.latencies, self.lateness = {}, [], []
        for line in text.splitlines():
            outcome, took, late = line.split()
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
            self.lateness.append(int(late) / 1e9)
            if outcome == "ok":
                self.latencies.append(int(took) / 1e9)
        self.latencies.sort()
        self.lateness.sort()


def check_kept_plan(load):
    """What a busy machine measures is the machine."""
    late = percentile(load.lateness, 0.99)
    if late > MOST_LATE:
        sys.exit(f"the machine is too busy: 1 of 100 requests is sent more than {late * 1e3:.1f} ms after its planned moment")


def measured(load):
    latencies = load.latencies
    return {
        "failures": sum(load.outcomes.values()) - load.outcomes.get("ok", 0),
        "p50": percentile(latencies, 0.50),
        "p90": percentile(latencies, 0.90),
        "p99": percentile(latencies, 0.99),
    }


class Setup:
    """The numbers of one set-up, from the scenario as it was run."""

    def __init__(self, ran):
        self.duration = seconds(ran["duration"])
        source = ran["traffic"][0]
        self.rate = float(source["poisson"]["rate"].removesuffix("/s"))
        self.timeout = seconds(source["timeout"])
        app = ran["apps"]["web:1"]
        self.workers = app["concurrency"]
        service = app["serviceTime"]["lognormal"]
        self.median, self.p99 = seconds(service["median"]), seconds(service["p99"])
        self.at = seconds(ran["timeline"][0]["at"])
        self.old = ran["services"][0]["desiredCount"]
        self.comes = len(ran["services"]) > 1
        self.cold = ran["apps"].get("web:2", {}).get("coldStart")
        attributes = ran["cloud"]["targetGroups"][0].get("attributes", {})
        self.slow_start = int(attributes.get("slow_start.duration_seconds", 0))
        self.delay = float(attributes.get("deregistration_delay.timeout_seconds", 300))
        behaviour = ran.get("behaviour", {})
        self.killed_first = behaviour.get("stopOrder") == "sigterm_first"
        self.gap = seconds(behaviour.get("stopTaskDeregisterGap", "4s"))
        self.own_retries = "proxy" in ran["cloud"]["loadBalancers"][0]

    def moments(self):
        """(when, what) of the last back end."""
        if self.comes:
            return [(self.at, "come")]
        if self.killed_first:
            return [(self.at, "kill"), (self.at + self.gap, "leave")]
        return [(self.at, "leave"), (self.at + self.delay, "kill")]


def wait_for(port):
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    sys.exit(f"nothing listens at port {port}")


def build(folder):
    for program in ("backend", "load"):
        source = os.path.join(HERE, program + ".cpp")
        subprocess.run(["c++", "-std=c++20", "-O2", source, "-o", os.path.join(folder, program)], check=True)


def backend(programs, setup, port, seed, cold):
    cold = cold or {"requests": 0, "factor": 1}
    numbers = [port, setup.workers, seed, setup.median, setup.p99, cold["requests"], cold["factor"]]
    return subprocess.Popen([os.path.join(programs, "backend")] + [str(n) for n in numbers])


def load(programs, port, rate, duration, timeout, seed, begin):
    """Sends from `begin` on, a moment of the monotonic clock."""
    numbers = [port, rate, duration, timeout, seed, int(begin * 1e9)]
    command = [os.path.join(programs, "load")] + [str(n) for n in numbers]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def real_run(programs, proxy_class, setup, seed):
    folder = tempfile.mkdtemp()
    count = setup.old + (1 if setup.comes else 0)
    ports = [FIRST_BACKEND + i for i in range(count)]
    last = count - 1
    backends, proxy = [], None
    try:
        for i, port in enumerate(ports):
            cold = setup.cold if setup.comes and i == last else None
            backends.append(backend(programs, setup, port, seed * 100 + i, cold))
        for port in ports:
            wait_for(port)
        absent = {last} if setup.comes else set()
        proxy = proxy_class(folder, PORT, ports, absent, setup.slow_start, setup.own_retries)
        wait_for(PORT)
        begun = time.monotonic() + 0.5
        client = load(programs, PORT, setup.rate, setup.duration, setup.timeout, seed, begun)
        for when, what in setup.moments():
            time.sleep(max(0.0, begun + when - time.monotonic()))
            if what == "kill":
                backends[last].send_signal(signal.SIGKILL)
            elif what == "leave":
                proxy.leave(last)
            else:
                proxy.come(last)
        told = client.communicate(timeout=setup.duration + 90)[0]
        if client.returncode != 0:
            sys.exit("the load generator failed")
        ran = Load(told)
        check_kept_plan(ran)
        return ran
    finally:
        if proxy:
            proxy.stop()
        for process in backends:
            process.kill()
            process.wait()
        shutil.rmtree(folder)


def own_error(programs, out):
    """What the generator and a back end add by themselves: a constant service of 100 ms, no proxy."""

    class Plain:
        workers, median, p99 = 10000, 0.1, 0.1 + 1e-9

    process = backend(programs, Plain, FIRST_BACKEND, 1, None)
    try:
        wait_for(FIRST_BACKEND)
        ran = Load(load(programs, FIRST_BACKEND, 400, 10, 10, 1, time.monotonic() + 0.5).communicate()[0])
    finally:
        process.kill()
        process.wait()
    check_kept_plan(ran)
    late, took = ran.lateness, ran.latencies
    out(
        f"The generator's own error, at 400/s against one back end that sleeps 100 ms, without a proxy: a request is sent "
        f"{percentile(late, 0.5) * 1e3:.2f} ms late (median; p99 {percentile(late, 0.99) * 1e3:.2f} ms) and measured "
        f"{(percentile(took, 0.5) - 0.1) * 1e3:.2f} ms too long (p99 {(percentile(took, 0.99) - 0.1) * 1e3:.2f} ms).\n"
    )


def show(name, value):
    return f"{value:.1f}" if name == "failures" else f"{value * 1e3:.0f} ms"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steady", required=True)
    parser.add_argument("--out", default="-")
    parser.add_argument("--runs", type=int, default=10, choices=[n + 1 for n in T_975])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--setup", type=int, action="append", help="only these, counted from 0")
    options = parser.parse_args()
    target = sys.stdout if options.out == "-" else open(options.out, "w")

    def out(line):
        print(line, file=target, flush=True)

    # A connection each, on both sides of the proxy.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as programs:
        build(programs)
        compare(programs, options, out)


def compare(programs, options, out):
    own_error(programs, out)
    out("| set-up | proxy | measure | real, mean and 95 % interval | least, most | simulated | |")
    out("|---|---|---|---|---|---|---|")
    for number, (name, scenario, variant, needs) in enumerate(SETUPS):
        if options.setup and number not in options.setup:
            continue
        results = [simulate(options.steady, scenario, variant, seed + 1) for seed in range(options.seeds)]
        setup = Setup(results[0]["scenario"]["asRun"])
        mean = {m: statistics.fmean(simulated(r)[m] for r in results) for m in MEASURES}
        for proxy in PROXIES:
            if needs and needs != proxy.name and not getattr(proxy, needs, False):
                continue
            loads = [real_run(programs, proxy, setup, seed + 1) for seed in range(options.runs)]
            outcomes = {}
            for each in loads:
                for outcome, times in each.outcomes.items():
                    outcomes[outcome] = outcomes.get(outcome, 0) + times
            late = max(percentile(each.lateness, 0.99) for each in loads)
            told = f"{name}, {proxy.name}: {outcomes}; 99 of 100 sent within {late * 1e3:.2f} ms of the plan"
            print(told, file=sys.stderr, flush=True)
            for measure in MEASURES:
                values = [measured(each)[measure] for each in loads]
                middle = statistics.fmean(values)
                half = T_975[len(values) - 1] * statistics.stdev(values) / math.sqrt(len(values))
                inside = abs(mean[measure] - middle) <= half
                out(
                    f"| {name} | {proxy.name} | {measure} | {show(measure, middle)} "
                    f"({show(measure, middle - half)} to {show(measure, middle + half)}) "
                    f"| {show(measure, min(values))}, {show(measure, max(values))} "
                    f"| {show(measure, mean[measure])} | {'inside' if inside else '**outside**'} |"
                )


if __name__ == "__main__":
    main()
