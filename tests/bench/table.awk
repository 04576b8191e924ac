# table.awk - the table of etc/bench, and the same as JSON.
#
# Reads lines of "CELL key=value ..." as the load generators and meter print
# them; lines of one cell are its rounds.  Set json to a file name to have the
# figures there too.

function median(cell, key,    n, i, j, t, v)
{
    n = rounds[cell]
    for (i = 1; i <= n; i++)
        v[i] = value[cell, i, key] + 0
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && v[j] < v[j - 1]; j--) {
            t = v[j]
            v[j] = v[j - 1]
            v[j - 1] = t
        }
    if (n == 0)
        return 0
    return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

function total(cell, key,    i, sum)
{
    for (i = 1; i <= rounds[cell]; i++)
        sum += value[cell, i, key]
    return sum + 0
}

# The ratio of each round to that of the yardstick in the same round.
function compare(cell, yardstick, key,    i)
{
    for (i = 1; i <= rounds[cell]; i++)
        if (value[yardstick, i, key] > 0)
            value[cell, i, "ratio"] = \
                value[cell, i, key] / value[yardstick, i, key]
}

function calls_row(name, what, yardstick,    cpu, ratio)
{
    cpu = ratio = "-"
    if (yardstick) {
        compare(name, yardstick, "unit_us")
        cpu = sprintf("%.1f", median(name, "unit_us"))
        ratio = sprintf("%.2f", median(name, "ratio"))
    }
    printf "  %-23s %8d %7.2f %7.2f %8d %8s %8s\n", what,
        median(name, "rate"), median(name, "p50_us") / 1000,
        median(name, "p99_us") / 1000, total(name, "late"), cpu, ratio
}

function added(name, key)
{
    if (name == "streams-direct")
        return "-"
    return sprintf("%+.0f",
        (median(name, key) - median("streams-direct", key)) / 1000)
}

function streams_row(name, what,    cpu, ratio)
{
    cpu = ratio = "-"
    if (name != "streams-direct") {
        compare(name, "streams-nginx", "unit_us")
        cpu = sprintf("%.1f", median(name, "unit_us"))
        ratio = sprintf("%.2f", median(name, "ratio"))
    }
    printf "  %-6s %5d %6d %5d %6d %5.0f %5.0f %5.0f %5s %5s %6s %8s\n",
        what, total(name, "calls"), total(name, "failed"),
        total(name, "stalls"), total(name, "late"),
        most(name, "gap_max_us") / 1000,
        median(name, "first_p50_us") / 1000,
        median(name, "first_p99_us") / 1000, added(name, "first_p50_us"),
        added(name, "first_p99_us"), cpu, ratio
}

function most(cell, key,    i, m)
{
    for (i = 1; i <= rounds[cell]; i++)
        if (value[cell, i, key] > m)
            m = value[cell, i, key]
    return m + 0
}

function mib(cell, key)
{
    return most(cell, key) / 1024
}

function memory_row(who, key, what)
{
    printf "  %-7s %-8s %9.1f %9.1f %9.1f %9.1f %9.1f\n", who, what,
        mib("idle-" who, key), mib(who "-64", key), mib("calm-" who, key),
        mib("streams-" who, key), mib("after-" who, key)
}

function failover_row(what, key)
{
    printf "  %-40s %7d %8.2f %8.2f %8.2f\n", what, total("failover", "calls"),
        median("failover", key "_p50_us") / 1000,
        median("failover", key "_p99_us") / 1000,
        most("failover", key "_max_us") / 1000
}

function judge_failover(what, key,    us)
{
    us = median("failover", key "_p99_us")
    judge(sprintf("%s: p99 %.2f ms (<= 5)", what, us / 1000),
        us > 0 && us <= 5000)
}

# The share of a core that a cell took, in per cent.
function core_percent(cell)
{
    return median(cell, "cpu_us") / 10000 / median("screen", "seconds")
}

function watched_row(what, cell)
{
    printf "  %-40s %7.2f %8.1f %8.1f\n", what, core_percent(cell),
        mib(cell, "anon_kib"), mib(cell, "rss_kib")
}

function judge_watched(    extra, own, rss)
{
    extra = core_percent("watched-aigwd") - core_percent("alone-aigwd")
    own = core_percent("aigw-top")
    rss = mib("aigw-top", "rss_kib")
    judge(sprintf("aigw-top: %.2f %% of a core (< 1)", own), own < 1)
    judge(sprintf("aigwd that is watched: %.2f %% more (< 0.5)", extra),
        extra < 0.5)
    judge(sprintf("VmRSS of aigw-top: %.1f MiB (< 12)", rss),
        rss > 0 && rss < 12)
}

function judge(what, good)
{
    printf "  %-69s  %s\n", what, good ? "pass" : "FAIL"
}

function verdict(    ratio, idle, peak)
{
    ratio = median("aigwd-64", "ratio")
    idle = mib("idle-aigwd", "anon_kib")
    peak = mib("streams-aigwd", "anon_kib")
    judge(sprintf("CPU of a call at 64 connections: %.2f x nginx " \
        "(<= 2.0, aim 1.4)", ratio), ratio > 0 && ratio <= 2)
    judge(sprintf("RssAnon idle: %.1f MiB (<= 4)", idle),
        idle > 0 && idle <= 4)
    judge(sprintf("1,000 streams: %d stalls (nginx: %d), %d broken",
        total("streams-aigwd", "stalls"), total("streams-nginx", "stalls"),
        total("streams-aigwd", "failed")), total("streams-aigwd", "calls") &&
        !total("streams-aigwd", "stalls") && !total("streams-aigwd", "failed"))
    judge(sprintf("RssAnon at 1,000 streams: %.1f MiB (<= 40, aim 24)", peak),
        peak > 0 && peak <= 40)
    judge_failover("From a cut to the request for the rest", "asked")
    judge_failover("From the byte that decides to the delta", "told")
    judge_watched()
}

function notes(    cell, failed, busy, late)
{
    for (cell in rounds) {
        if (cell !~ /^streams/)
            failed += total(cell, "failed")
        if (most(cell, "others_percent") > busy)
            busy = most(cell, "others_percent")
    }
    late = most("streams-direct", "gap_max_us") / 1000
    if (failed)
        printf "Note: %d unstreamed calls failed.\n", failed
    if (late >= 39)
        printf "Note: the provider itself was late, by %.0f ms, with nobody " \
            "in between.\n", late - 20
    if (busy >= 10)
        printf "Note: other programs had up to %d %% of this machine's CPU " \
            "time meanwhile.\n", busy
}

function json_round(cell, r,    k, n, list, text)
{
    n = split(keys[cell, r], list, " ")
    for (k = 1; k <= n; k++)
        text = text (k > 1 ? ", " : "") "\"" list[k] "\": " \
            value[cell, r, list[k]]
    return "    {" text "}"
}

function write_json(    i, r, cell)
{
    print "{" > json
    for (i = 1; i <= n_cells; i++) {
        cell = cells[i]
        print "  \"" cell "\": [" > json
        for (r = 1; r <= rounds[cell]; r++)
            print json_round(cell, r) (r < rounds[cell] ? "," : "") > json
        print "  ]" (i < n_cells ? "," : "") > json
    }
    print "}" > json
}

{
    if (!($1 in rounds))
        cells[++n_cells] = $1
    r = ++rounds[$1]
    for (i = 2; i <= NF; i++) {
        split($i, pair, "=")
        value[$1, r, pair[1]] = pair[2]
        keys[$1, r] = keys[$1, r] " " pair[1]
    }
    if (value[$1, r, "elapsed_us"] > 0)
        value[$1, r, "rate"] = \
            value[$1, r, "calls"] * 1000000 / value[$1, r, "elapsed_us"]
    units = value[$1, r, $1 ~ /^streams/ ? "tokens" : "calls"]
    if (units > 0)
        value[$1, r, "unit_us"] = value[$1, r, "cpu_us"] / units
}

END {
    printf "\n%-25s %8s %7s %7s %8s %8s %8s\n", "Calls", "calls/s",
        "p50 ms", "p99 ms", ">=39 ms", "CPU us", "x nginx"
    calls_row("direct-64", "direct, 64 connections")
    calls_row("nginx-1", "nginx,   1", "nginx-1")
    calls_row("aigwd-1", "aigwd,   1", "nginx-1")
    calls_row("nginx-16", "nginx,  16", "nginx-16")
    calls_row("aigwd-16", "aigwd,  16", "nginx-16")
    calls_row("nginx-64", "nginx,  64", "nginx-64")
    calls_row("aigwd-64", "aigwd,  64", "nginx-64")
    calls_row("piped-64", "aigwd, 1 with 64 calls", "nginx-64")

    printf "\n%-8s %12s %18s %11s %11s\n", "1,000", "",
        "token gaps, ms", "first, ms", "added ms"
    printf "%-8s %5s %6s %5s %6s %5s %5s %5s %5s %5s %6s %8s\n", "streams",
        "ended", "broken", ">100", ">=39", "most", "p50", "p99", "p50", "p99",
        "CPU us", "x nginx"
    streams_row("streams-direct", "direct")
    streams_row("streams-nginx", "nginx")
    streams_row("streams-aigwd", "aigwd")

    printf "\n%-18s %9s %9s %9s %9s %9s\n", "Memory, MiB", "idle",
        "64 calls", "after", "streams", "after"
    memory_row("aigwd", "anon_kib", "RssAnon")
    memory_row("aigwd", "rss_kib", "VmRSS")
    memory_row("nginx", "anon_kib", "RssAnon")
    memory_row("nginx", "rss_kib", "VmRSS")

    printf "\n%-42s %7s %8s %8s %8s\n", "Broken streams", "calls", "p50 ms",
        "p99 ms", "most ms"
    failover_row("cut, until the rest is asked for", "asked")
    failover_row("deciding byte, until the delta comes", "told")

    printf "\n%-42s %7s %8s %8s\n", "100 targets, a look a second", "core %",
        "RssAnon", "VmRSS"
    watched_row("aigwd alone", "alone-aigwd")
    watched_row("aigwd, aigw-top on 120 x 40", "watched-aigwd")
    watched_row("aigw-top, while all rows change", "aigw-top")
    printf "  Written to the terminal each second: %d bytes\n",
        median("screen", "bytes") / median("screen", "seconds")

    printf "\nGoals\n"
    verdict()
    notes()
    if (json)
        write_json()
}
