_prodcli_completion() {
    local IFS=$'
'
    COMPREPLY=( $( env COMP_WORDS="${COMP_WORDS[*]}" \
                   COMP_CWORD=$COMP_CWORD \
                   _PRODCLI_COMPLETE=complete_bash $1 ) )
    if [[ ${COMPREPLY[0]} == *@files ]]; then
        COMPREPLY=()
        compopt -o default
    fi
    return 0
}

complete -F _prodcli_completion prodcli

