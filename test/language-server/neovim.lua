-- What Neovim sees of the server. The environment says which file and which server; it prints one line of JSON.

local function all(lists)
  local found = {}
  for _, answer in pairs(lists or {}) do found[#found + 1] = answer.result or answer.error end
  return found
end

local ok, failure = pcall(function()
  vim.cmd('edit ' .. vim.env.CORACLE_TEST_FILE)
  local client = vim.lsp.start_client({
    cmd = { vim.env.CORACLE_TEST_SERVER, '--stdio' },
    root_dir = vim.fn.getcwd(),
    settings = { coracle = { language = { severities = { DL3006 = 'error' } } } },
    on_init = function(started)
      started.notify('workspace/didChangeConfiguration', { settings = started.config.settings })
    end,
  })
  vim.lsp.buf_attach_client(0, client)
  local function problems()
    return vim.tbl_map(function(each)
      return { code = each.code, line = each.lnum, severity = each.severity }
    end, vim.diagnostic.get(0))
  end
  local function has(code)
    return function()
      for _, each in ipairs(problems()) do
        if each.code == code then return true end
      end
      return false
    end
  end
  assert(vim.wait(20000, has('unknown-instruction')), 'no diagnostics came')
  local first = problems()

  local position = { textDocument = vim.lsp.util.make_text_document_params(), position = { line = 1, character = 1 } }
  local hover = all(vim.lsp.buf_request_sync(0, 'textDocument/hover', position, 20000))
  local symbols = all(vim.lsp.buf_request_sync(0, 'textDocument/documentSymbol', position, 20000))
  position.newName = 'compile'
  position.position = { line = 0, character = 15 }
  local renamed = vim.lsp.buf_request_sync(0, 'textDocument/rename', position, 20000)
  for _, answer in pairs(renamed or {}) do vim.lsp.util.apply_workspace_edit(answer.result, 'utf-16') end
  local text = vim.api.nvim_buf_get_lines(0, 0, -1, false)

  -- The editor's own edits go to the server as increments.
  vim.api.nvim_buf_set_text(0, 1, 2, 1, 3, { 'N' })
  local mended = vim.wait(20000, function() return not has('unknown-instruction')() end)
  print(vim.fn.json_encode({ first = first, hover = hover, symbols = symbols, text = text, mended = mended }))
end)
if not ok then print(vim.fn.json_encode({ failure = tostring(failure) })) end
vim.cmd('qall!')
