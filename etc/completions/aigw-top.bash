# bash completion for aigw-top

_aigw_top()
{
    local cur=${COMP_WORDS[COMP_CWORD]}

    case ${COMP_WORDS[COMP_CWORD - 1]} in
        -s | --socket | --record | --replay)
            compopt -o default
            COMPREPLY=()
            return
            ;;
        -w | --window)
            COMPREPLY=($(compgen -W "10s 1m 5m 1h" -- "$cur"))
            return
            ;;
        -d | --delay | -n | --iterations | --speed)
            COMPREPLY=()
            return
            ;;
    esac
    COMPREPLY=($(compgen -W "-s --socket -d --delay -w --window -b --batch
        -n --iterations --json --csv --plain --utf8 -C --no-color -U --ascii
        --readonly --demo --record --replay --speed -h --help -V --version" \
        -- "$cur"))
}

complete -F _aigw_top aigw-top
