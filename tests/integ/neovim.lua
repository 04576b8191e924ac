-- neovim.lua - Neovim as a client of aigwd: run by check_neovim, with the
-- socket in $AIGW_SOCKET.  Writes what it saw as JSON to $AIGW_RESULT.
--
-- Two ways to talk: rpcrequest() on a channel, which blocks and takes no
-- notifications but Neovim's own; and a libuv pipe with Neovim's MessagePack
-- library, for everything else.

local result = { deltas = {}, order = {} }
local encode = vim.mpack.encode or vim.mpack.pack

local function by_channel()
  local channel =
    vim.fn.sockconnect('pipe', vim.env.AIGW_SOCKET, { rpc = true })
  local function try(method, params)
    local ok, message = pcall(vim.fn.rpcrequest, channel, method, params)
    return { ok = ok, message = tostring(message) }
  end

  result.coded = try('generrate', { prompt = 'hello' })
  result.server = vim.fn.rpcrequest(channel, 'hello',
    { client = 'neovim', text_errors = true }).server
  result.plain =
    vim.fn.rpcrequest(channel, 'generate', { prompt = 'hello' }).content

  -- Neovim shows the text of errors 0 and 1 alone, which are its own; a hello
  -- with text_errors asks for that.  A prompt that nobody could answer is a
  -- result, and its text is there.
  result.refused = try('generrate', { prompt = 'hello' })
  result.unanswered = vim.fn.rpcrequest(channel, 'generate',
    { prompt = 'refuse', route = 'a/m' }).error

  -- Neovim answers each delta with a notification about an unknown method;
  -- the channel must live on.
  result.streamed = vim.fn.rpcrequest(channel, 'generate',
    { prompt = 'hello', stream = true }).content
  result.after = vim.fn.rpcrequest(channel, 'generate',
    { prompt = 'hello' }).content
  vim.fn.chanclose(channel)
end

local responses = 0
result.errors = {}

local function take(message)
  if message[1] == 1 then
    responses = responses + 1
    table.insert(result.order, message[2])
    if message[3] ~= vim.NIL then
      table.insert(result.errors, message[3][2])
    end
  elseif message[1] == 2 and message[2] == 'call.delta' then
    table.insert(result.deltas, message[3][3].content)
  end
end

local function by_pipe()
  local pipe = vim.loop.new_pipe(false)
  local unpack_next = vim.mpack.Unpacker()
  local function request(id, prompt, stream, method)
    pipe:write(encode({ 0, id, method or 'generate',
      { { prompt = prompt, stream = stream } } }))
  end

  pipe:connect(vim.env.AIGW_SOCKET, function()
    pipe:read_start(function(_, data)
      local at = 1
      while data and at <= #data do
        local message
        message, at = unpack_next(data, at)
        if message ~= nil then
          take(message)
        end
      end
    end)
    request(1, 'slow', false)
    request(2, 'quick', false)
    request(3, 'hello', true)
    request(4, 'hello', false, 'generrate')
  end)
  vim.wait(10000, function() return responses == 4 end)
  pipe:close()
end

local ok, message = pcall(function()
  by_channel()
  by_pipe()
end)
result.error = not ok and tostring(message) or ''

local file = assert(io.open(vim.env.AIGW_RESULT, 'w'))
file:write(vim.fn.json_encode(result))
file:close()
vim.cmd('qall!')
