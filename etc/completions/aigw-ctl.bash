# bash completion for aigw-ctl; made by: aigw-ctl completion bash

_aigw_ctl()
{
    local cur=${COMP_WORDS[COMP_CWORD]} command='' words='' i
    local globals=" -s --socket -o --output --json -q --quiet --timeout -h --help --version"

    case ${COMP_WORDS[COMP_CWORD - 1]} in
        -o | --output)
            COMPREPLY=($(compgen -W "table json ndjson plain" -- "$cur"))
            return
            ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -s | --socket | -o | --output | --timeout)
            ((i++))
            ;;
        -*) ;;
        *)
            command=${COMP_WORDS[i]}
            break
            ;;
        esac
    done
    case $command in
        '')
            words=" ask chat embed load session status watch targets routes latency cost budget prices requests cancel events explain enable disable drain breaker probe drill config call ping top completion help version"
            ;;
        ask)
            words=" --system --route --premium --tier --max-tokens --temperature --tag --session --request-id --resume --on-break --no-stream --raw"
            ;;
        chat)
            words=" -i --interactive --system --route --premium --tier --tag --raw"
            compopt -o default
            ;;
        embed)
            words=" --model --dimensions"
            ;;
        load)
            words=" -n --count -c --concurrency --prompt --stream --connections --route --premium --tier --max-tokens"
            ;;
        session)
            words=" list show delete"
            ;;
        status)
            words=" --window"
            ;;
        watch)
            words=" -i --interval -n --count --window"
            ;;
        targets)
            words=" --window"
            [[ $cur == -* ]] ||
                words+=" $(aigw-ctl --timeout 1 targets -o plain 2>/dev/null | cut -f1)"
            ;;
        routes)
            words=""
            ;;
        latency)
            words=" --window"
            [[ $cur == -* ]] ||
                words+=" $(aigw-ctl --timeout 1 targets -o plain 2>/dev/null | cut -f1)"
            ;;
        cost)
            words=" --by --since --csv --unverified --estimated --row --usd --zero reconcile"
            ;;
        budget)
            words=" --limit --then --yes list set accept"
            ;;
        prices)
            words=" --tokens --ratio"
            ;;
        requests)
            words=""
            ;;
        cancel)
            words=""
            ;;
        events)
            words=" -f --follow --since"
            ;;
        explain)
            words=" --system --route --premium --tier --max-tokens --temperature --tag"
            ;;
        enable)
            words=""
            [[ $cur == -* ]] ||
                words+=" $(aigw-ctl --timeout 1 targets -o plain 2>/dev/null | cut -f1)"
            ;;
        disable)
            words=""
            [[ $cur == -* ]] ||
                words+=" $(aigw-ctl --timeout 1 targets -o plain 2>/dev/null | cut -f1)"
            ;;
        drain)
            words=""
            [[ $cur == -* ]] ||
                words+=" $(aigw-ctl --timeout 1 targets -o plain 2>/dev/null | cut -f1)"
            ;;
        breaker)
            words=" reset open off"
            [[ $cur == -* ]] ||
                words+=" $(aigw-ctl --timeout 1 targets -o plain 2>/dev/null | cut -f1)"
            ;;
        probe)
            words=""
            [[ $cur == -* ]] ||
                words+=" $(aigw-ctl --timeout 1 targets -o plain 2>/dev/null | cut -f1)"
            ;;
        drill)
            words=" --rate --for -n --count -c --concurrency --route --prompt --max-tokens --script --wait start stop list rehearse"
            [[ $cur == -* ]] ||
                words+=" $(aigw-ctl --timeout 1 targets -o plain 2>/dev/null | cut -f1)"
            ;;
        config)
            words=" check reload show"
            compopt -o default
            ;;
        call)
            words=""
            ;;
        ping)
            words=""
            ;;
        top)
            words=""
            ;;
        completion)
            words=" bash zsh fish"
            ;;
        help)
            words=""
            ;;
        version)
            words=""
            ;;
    esac
    COMPREPLY=($(compgen -W "$globals $words" -- "$cur"))
}

complete -F _aigw_ctl aigw-ctl
